//! The commands that people leave running: `status`, `watch`, `sync`.

mod board;
mod killed;
mod migrated;
mod packaged;
mod reported;
mod tables;
