//! The commands that people leave running: `status`, `watch`, `sync`.

mod board;
mod killed;
mod tables;
mod told;
