//! A program that is the sandbox's compiler and nothing else.

fn main() {
    std::process::exit(sandbox::compiler::child_main());
}
