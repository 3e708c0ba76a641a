//! What tests need: real servers, a killed child, a browser.

pub mod chromium;
pub mod crash;
pub mod install;
mod island;
pub mod postgres;
pub mod product;
pub mod rabbitmq;
pub mod tls;

pub use island::{Handed, Island, Kind, Spec, id, now, quiet, tamper_file, texts_of_file};
