//! Integration tests: the real binary, real sockets, and other people's programs as judges.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod again;
mod architecture;
mod bad_input;
#[cfg(unix)]
mod book;
mod calls;
#[cfg(feature = "deliver")]
mod delivery;
mod diff;
mod doctor;
mod draw;
mod evidence;
mod forged;
mod fuzzed;
mod growth;
mod handover;
mod harness;
mod hostile;
mod inputs;
mod killed;
mod live;
mod main_job;
mod pages;
mod pdf;
#[cfg(unix)]
mod recipes;
mod sample;
mod scarce;
mod settings;
mod signing;
#[cfg(unix)]
mod supply;
#[cfg(unix)]
mod tickets;
mod unattended;
mod warehouse;
mod waterfall;
mod web;
