//! What tests need: real servers, a killed child, a browser.

pub mod chromium;
pub mod crash;
pub mod install;
pub mod postgres;
