//! What every engine must do: the contract of `db`, through its public door.

mod island;
mod log;
mod migrations;
mod personal;
mod values;
mod writes;
