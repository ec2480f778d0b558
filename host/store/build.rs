//! Migrations are compiled in; a new folder of them has to be noticed.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
