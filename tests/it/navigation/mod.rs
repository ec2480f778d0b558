//! Navigation between projects: the built-in module, called as the services call it, over a database of its own.

mod given;
mod module;
mod talk;
mod warm;
