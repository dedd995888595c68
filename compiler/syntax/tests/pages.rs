//! The pages of this crate's diagnostics: the broken example raises the code, the repaired one parses.

use std::sync::Arc;

use diag::{Code, FileId, code};
use syntax::parse;

fn block(page: &str, word: &str) -> String {
    let begin = format!("```vix {word}\n");
    let start = page.find(&begin).expect("an example") + begin.len();
    let end = page[start..].find("```").expect("its end");
    page[start..start + end].to_owned()
}

#[test]
fn examples_raise_their_code() {
    let codes: [Code; 9] = [
        code::SYNTAX_ERROR,
        code::CONTINUATION_ON_OWN_LINE,
        code::INVALID_CHARACTER,
        code::INVALID_ESCAPE,
        code::INVALID_LITERAL,
        code::NESTING_TOO_DEEP,
        code::UNCLOSED_STRING,
        code::UNQUOTED_KEY,
        code::UNQUOTED_URL,
    ];
    for code in codes {
        let found = |word| -> Vec<&str> { parse(FileId(0), Arc::from(block(code.page, word))).diagnostics.iter().map(|it| it.code.name).collect() };
        assert_eq!(found("bad"), [code.name]);
        assert_eq!(found("good"), [""; 0], "{}", code.name);
    }
}
