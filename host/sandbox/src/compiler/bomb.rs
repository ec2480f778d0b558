//! A bomb is a small module that takes a compiler minutes. Code generators work on one function at a time, and in more
//! than linear time of its size and depth; so a function has to stay within what a compiler of any language makes, and
//! that is found by reading it, in milliseconds and on any machine alike. The limits on the process stay as the net below.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// Blocks in each other. A `switch` makes one for each of its cases; 10,000 nested `if`s take half a second to compile,
/// 60,000 take twenty.
const DEPTH: usize = 10_000;
/// Bytes of a function. The interpreters of scripting languages, the largest functions there are, have a tenth of it; this
/// much takes five seconds to compile.
const BODY: usize = 1024 * 1024;

/// What of a component is too much, if anything is. Bytes that cannot be read are left for the compiler to say.
pub(super) fn found(component: &[u8]) -> Option<String> {
    let mut parser = Parser::new(0);
    parser.set_features(wasmparser::WasmFeatures::all());
    let bodies = parser
        .parse_all(component)
        .filter_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
    for (number, body) in bodies.enumerate() {
        let size = body.range().len();
        if size > BODY {
            return Some(format!(
                "the function with the code number {number} has {size} bytes; at most {BODY} are accepted"
            ));
        }
        let depth = depth(&body);
        if depth > DEPTH {
            return Some(format!(
                "the function with the code number {number} nests {depth} blocks; at most {DEPTH} are accepted"
            ));
        }
    }
    None
}

fn depth(body: &FunctionBody<'_>) -> usize {
    let Ok(operators) = body.get_operators_reader() else {
        return 0;
    };
    let (mut depth, mut deepest) = (0_usize, 0);
    for operator in operators.into_iter().map_while(Result::ok) {
        match operator {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. } => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(body: &str) -> Vec<u8> {
        wat::parse_str(format!(
            "(component (core module (func) (func (param i32) {body})))"
        ))
        .unwrap()
    }

    fn nested(depth: usize) -> Vec<u8> {
        component(&("local.get 0 if ".repeat(depth) + &"end ".repeat(depth)))
    }

    #[test]
    fn a_function_may_be_deep_and_no_deeper() {
        assert_eq!(found(&nested(DEPTH)), None);
        let told = found(&nested(DEPTH + 1)).unwrap();
        assert!(told.contains("number 1 nests 10001 blocks"), "{told}");
    }

    #[test]
    fn blocks_beside_each_other_are_not_deep() {
        assert_eq!(found(&component(&"block end ".repeat(DEPTH * 2))), None);
    }

    #[test]
    fn a_function_may_be_long_and_no_longer() {
        assert_eq!(found(&component(&"nop ".repeat(BODY - 100))), None);
        let told = found(&component(&"nop ".repeat(BODY + 1))).unwrap();
        assert!(told.contains("bytes; at most 1048576"), "{told}");
    }

    #[test]
    fn bytes_that_cannot_be_read_are_the_compilers() {
        assert_eq!(found(b"\0asm\x0d\0\x01\0\xff\xff"), None);
    }
}
