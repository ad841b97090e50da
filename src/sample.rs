//! The built-in sample API: a made-up workspace over real HTTP on loopback.
