//! The kinds of tokens and nodes. One enum for both, so that a tree can be walked without knowing which is which.
//!
//! Not here: how they are cut (`lexer`) or put together (`grammar`).
//! Invariant: tokens stand before `File`, nodes from `File` on; trivia come first.

/// What a token or a node is. Node kinds are named like the productions of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "punctuation and productions are named by themselves")]
pub enum SyntaxKind {
    /// Blanks and tabs.
    Whitespace,
    /// `\n` or `\r\n`.
    Newline,
    /// `// ...` without the line's end.
    Comment,
    /// `/// ...` without the line's end.
    DocComment,
    /// U+FEFF at the start of the file.
    Bom,

    /// End of the file; never in the tree.
    Eof,
    /// A word that is a name, a key or a variable.
    Word,
    /// A word that acts as a keyword where it stands.
    Keyword,
    /// Digits with an optional fraction, suffix and `%`.
    Number,
    /// An IPv4 address.
    Ip,
    /// An IPv4 network.
    Cidr,
    /// A whole string without holes, quotes included.
    String,
    /// The opening quotes of a string with holes.
    StringOpen,
    /// Text between quotes and holes.
    StringText,
    /// `\(` or `\#(`.
    HoleOpen,
    /// The `)` of a hole.
    HoleClose,
    /// The closing quotes of a string with holes.
    StringClose,
    /// Text that is no token of the language.
    Bad,
    LBrace,
    RBrace,
    LBracket,
    RBracket,
    LParen,
    RParen,
    Comma,
    Colon,
    /// `:=`
    ColonEq,
    /// `+=`
    PlusEq,
    Eq,
    EqEq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    /// `->`
    Arrow,
    /// `=>`
    FatArrow,
    Dot,
    /// `..`
    DotDot,
    /// `...`
    Ellipsis,
    Question,
    /// `?.`
    QuestionDot,
    /// `??`
    QuestionQuestion,
    Bang,
    Plus,
    Minus,
    Star,
    Slash,
    Pipe,
    /// `||`
    PipePipe,
    /// `&&`
    AmpAmp,

    File,
    Use,
    /// The words before the braces of `use`.
    ModulePath,
    Let,
    Fn,
    TypeDecl,
    Kind,
    Trait,
    Schema,
    Settings,
    Check,
    Test,
    Decl,
    Param,
    Fields,
    Field,
    /// `one of { .. }` among fields.
    OneOfField,
    Lower,
    Kinds,
    Gvk,
    /// `[]` in a schema path.
    GvkItems,
    GPath,
    /// `[*]` in a path of a schema fact.
    GPathItems,
    FactRef,
    FactKeys,
    FactProvides,
    FactImmutable,
    FactOneOf,
    FactType,
    Name,
    Block,
    Path,
    /// `[expr]` in a path.
    PathIndex,
    Params,
    Spread,
    Set,
    Add,
    /// `first`, `last`, `before N`, `after N`.
    Position,
    Remove,
    With,
    Call,
    Arg,
    Object,
    Patch,
    Each,
    Extern,
    Include,
    For,
    If,
    Match,
    Allow,
    /// `as handle`.
    AsClause,
    /// `in namespace`.
    InClause,
    /// `on x` or `over x` of a declaration, `for x` of a check.
    OnClause,
    /// `where` or `when` with its condition.
    WhereClause,
    Expect,
    Cond,
    Arm,
    Pattern,
    IfExpr,
    MatchExpr,
    /// An arm whose right side is an expression.
    ExprArm,
    All,
    Any,
    Binary,
    Unary,
    FieldExpr,
    Index,
    CallExpr,
    Presence,
    NumberLit,
    IpLit,
    CidrLit,
    StringLit,
    /// A hole of a string with its parentheses.
    Hole,
    WordExpr,
    Paren,
    List,
    ForElem,
    IfElem,
    Type,
    TypeName,
    TypeOneOf,
    TypeParen,
    Refine,
    /// `[low] .. [high]` of a refinement.
    RefineRange,
    /// Tokens that fit nowhere, or a nesting too deep to follow.
    Error,
}

impl SyntaxKind {
    /// Whether it is layout or a comment, which no production mentions.
    pub fn is_trivia(self) -> bool {
        self <= Self::Bom
    }

    /// Whether it is a token's kind.
    pub fn is_token(self) -> bool {
        self < Self::File
    }
}
