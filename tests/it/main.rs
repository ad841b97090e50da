//! Integration tests: the real binary, real sockets, and other people's programs as judges.

mod evidence;
mod harness;
mod hostile;
mod pdf;
mod sample;
mod signing;
mod web;
