//! The static type check: every name known, every operator applied to what it takes, before anything runs.

use super::expression::parse_tree;
use super::rewrite::each_part;
use super::{FUNCTIONS, Type};
use crate::nearest::nearest;
use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SourceInfo, operators as op};
use std::collections::BTreeMap;

/// The types of the names that an expression may read.
pub type TypeScope = BTreeMap<String, Type>;

/// Something wrong inside an expression that parses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where, in characters from the start of the expression.
    pub offset: usize,
    /// What is wrong.
    pub what: String,
    /// What was expected.
    pub expected: String,
}

/// Finds the type of an expression, or everything that is wrong with it. A source that does not parse has no
/// problem here: parsing reports it.
///
/// # Errors
/// All [`Problem`]s found, in the order of the text.
pub fn infer(source: &str, scope: &TypeScope) -> Result<Type, Vec<Problem>> {
    let Ok((tree, info)) = parse_tree(source) else { return Ok(Type::Unknown) };
    let mut checker = Checker { info, scope: scope.clone(), problems: Vec::new() };
    let found = checker.type_of(&tree);
    // The interpreter counts bytes, people count characters.
    for problem in &mut checker.problems {
        problem.offset = source.char_indices().take_while(|(at, _)| *at < problem.offset).count();
    }
    checker.problems.sort_by_key(|problem| problem.offset);
    if checker.problems.is_empty() { Ok(found) } else { Err(checker.problems) }
}

struct Checker {
    info: SourceInfo,
    scope: TypeScope,
    problems: Vec<Problem>,
}

impl Checker {
    fn problem(&mut self, at: &IdedExpr, what: String, expected: impl Into<String>) -> Type {
        let offset = self.start(at);
        self.problems.push(Problem { offset, what, expected: expected.into() });
        Type::Unknown
    }

    /// The first character of an expression: the smallest start of its parts, for an operator stands between them.
    fn start(&self, tree: &IdedExpr) -> usize {
        let mut start = self.info.offset_for(tree.id).map_or(usize::MAX, |(start, _)| start as usize);
        if let Expr::Call(call) = &tree.expr
            && call.target.is_none()
            && call.func_name.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            // The place of a call is its bracket.
            start = start.saturating_sub(call.func_name.len());
        }
        each_part(&tree.expr, &mut |part| start = start.min(self.start(part)));
        if start == usize::MAX { 0 } else { start }
    }

    fn type_of(&mut self, tree: &IdedExpr) -> Type {
        match &tree.expr {
            Expr::Ident(name) => self.name(tree, name),
            Expr::Literal(literal) => self.literal(tree, literal),
            Expr::Call(call) => self.call(tree, call),
            Expr::Select(select) => {
                let of = self.type_of(&select.operand);
                match (of, select.field.as_str(), select.test) {
                    (Type::Period, "from" | "to" | "days", false) => Type::Int,
                    (Type::Period, field, _) => {
                        self.problem(tree, format!("a period has no `{field}`"), "`.from`, `.to` or `.days`")
                    }
                    (Type::Unknown, ..) => Type::Unknown,
                    (of, field, _) => self.problem(tree, format!("`.{field}` of {of}"), "a plain name"),
                }
            }
            Expr::List(list) => {
                let mut of = Type::Unknown;
                for element in &list.elements {
                    let next = self.type_of(element);
                    if !next.fits(&of) {
                        self.problem(element, format!("{next} in a list of {of}"), "elements of one type");
                    }
                    of = next;
                }
                Type::List(Box::new(of))
            }
            Expr::Comprehension(loops) => self.comprehension(loops),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.problem(tree, "a structure".to_owned(), "true or false, an integer, a text or a list")
            }
        }
    }

    fn name(&mut self, tree: &IdedExpr, name: &str) -> Type {
        if let Some(found) = self.scope.get(name) {
            return found.clone();
        }
        let known: Vec<&str> =
            self.scope.keys().map(String::as_str).filter(|key| !key.starts_with('@')).collect();
        let expected = match nearest(name, &known) {
            Some(close) => format!("a field or a fact; did you mean `{close}`?"),
            None => format!("a field or a fact: {}", known.join(", ")),
        };
        self.problem(tree, format!("`{name}` is unknown"), expected)
    }

    fn literal(&mut self, tree: &IdedExpr, literal: &LiteralValue) -> Type {
        match literal {
            LiteralValue::Boolean(_) => Type::Bool,
            LiteralValue::Int(_) => Type::Int,
            LiteralValue::String(_) => Type::Text,
            LiteralValue::Double(_) => {
                self.problem(tree, "a number with a decimal point".to_owned(), "an integer (minutes, cents)")
            }
            LiteralValue::UInt(_) => {
                self.problem(tree, "an unsigned number".to_owned(), "an integer without `u`")
            }
            LiteralValue::Null | LiteralValue::Bytes(_) => self.problem(
                tree,
                "null or bytes".to_owned(),
                "`given(field)` tells whether a field is filled in",
            ),
        }
    }

    fn want(&mut self, tree: &IdedExpr, expected: &Type) {
        let found = self.type_of(tree);
        if !found.fits(expected) {
            self.problem(tree, format!("{found}"), expected.to_string());
        }
    }

    /// Checks the arguments one by one and gives the type of the result.
    fn take(&mut self, tree: &IdedExpr, args: &[&IdedExpr], wanted: &[Type], result: Type) -> Type {
        if args.len() != wanted.len() {
            let what = format!("{} arguments", args.len());
            return self.problem(tree, what, format!("{}", wanted.len()));
        }
        for (arg, expected) in args.iter().zip(wanted) {
            self.want(arg, expected);
        }
        result
    }

    fn call(&mut self, tree: &IdedExpr, call: &CallExpr) -> Type {
        let args: Vec<&IdedExpr> = call.target.iter().map(|target| &**target).chain(&call.args).collect();
        let int = |count: usize| vec![Type::Int; count];
        match call.func_name.as_str() {
            op::LOGICAL_AND | op::LOGICAL_OR => {
                args.iter().for_each(|arg| self.want(arg, &Type::Bool));
                Type::Bool
            }
            op::LOGICAL_NOT | op::NOT_STRICTLY_FALSE => self.take(tree, &args, &[Type::Bool], Type::Bool),
            op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO | "min" | "max" => {
                self.take(tree, &args, &int(2), Type::Int)
            }
            op::NEGATE | "weekday" => self.take(tree, &args, &int(1), Type::Int),
            "working_days" => self.take(tree, &args, &int(2), Type::Int),
            op::ADD => self.same(tree, &args, |of| !matches!(of, Type::Bool | Type::Period), None),
            op::EQUALS | op::NOT_EQUALS => self.same(tree, &args, |_| true, Some(Type::Bool)),
            op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS => self.same(
                tree,
                &args,
                |of| matches!(of, Type::Int | Type::Text | Type::Unknown),
                Some(Type::Bool),
            ),
            op::CONDITIONAL => {
                if let Some(condition) = args.first() {
                    self.want(condition, &Type::Bool);
                }
                self.same(tree, args.get(1..).unwrap_or_default(), |_| true, None)
            }
            op::IN => self.member(tree, &args),
            op::INDEX => match self.pair(&args) {
                (Type::List(of), Type::Int | Type::Unknown) => *of,
                (Type::Unknown, _) => Type::Unknown,
                (of, by) => self.problem(tree, format!("{of} indexed by {by}"), "a list and an integer"),
            },
            _ => self.function(tree, call, &args),
        }
    }

    fn function(&mut self, tree: &IdedExpr, call: &CallExpr, args: &[&IdedExpr]) -> Type {
        let text = |count: usize| vec![Type::Text; count];
        match call.func_name.as_str() {
            "today" => self.take(tree, args, &[], Type::Int),
            "contains" | "startsWith" | "endsWith" => self.take(tree, args, &text(2), Type::Bool),
            "date" | "matches" => self.literal_pattern(tree, call, args),
            "given" => match args {
                [field @ IdedExpr { expr: Expr::Ident(_), .. }] => {
                    self.type_of(field);
                    Type::Bool
                }
                _ => self.problem(tree, "`given` without a field".to_owned(), "`given(field)`"),
            },
            "size" => match args.first().map(|arg| self.type_of(arg)) {
                Some(Type::Text | Type::List(_) | Type::Unknown) => Type::Int,
                _ => {
                    self.problem(tree, "`size` of something else".to_owned(), "`size` of a text or of a list")
                }
            },
            other => {
                let names: Vec<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
                let close =
                    nearest(other, &names).and_then(|name| FUNCTIONS.iter().find(|known| known.0 == name));
                let expected = match close {
                    Some((_, usage, _)) => format!("a known function; did you mean `{usage}`?"),
                    None => format!("a known function: {}", names.join(", ")),
                };
                self.problem(tree, format!("`{other}` is not a function"), expected)
            }
        }
    }

    /// `date` and `matches` take their last argument in quotes, so that it is checked here and never by the user.
    fn literal_pattern(&mut self, tree: &IdedExpr, call: &CallExpr, args: &[&IdedExpr]) -> Type {
        let quoted = matches!(args.last().map(|arg| &arg.expr), Some(Expr::Literal(LiteralValue::String(_))));
        if !quoted {
            let what = format!("`{}` of something computed", call.func_name);
            return self.problem(tree, what, "a text in quotes");
        }
        let (wanted, result) = if call.func_name == "date" { (1, Type::Int) } else { (2, Type::Bool) };
        self.take(tree, args, &vec![Type::Text; wanted], result)
    }

    fn pair(&mut self, args: &[&IdedExpr]) -> (Type, Type) {
        let mut types = args.iter().map(|arg| self.type_of(arg));
        (types.next().unwrap_or(Type::Unknown), types.next().unwrap_or(Type::Unknown))
    }

    /// Two operands of one type; the result is that type unless another is given.
    fn same(
        &mut self,
        tree: &IdedExpr,
        args: &[&IdedExpr],
        allowed: impl Fn(&Type) -> bool,
        result: Option<Type>,
    ) -> Type {
        let (left, right) = self.pair(args);
        if !left.fits(&right) || !allowed(&left) || !allowed(&right) {
            self.problem(
                tree,
                format!("{left} with {right}"),
                "two values of the same type that fit the operator",
            );
        }
        result.unwrap_or(if left == Type::Unknown { right } else { left })
    }

    fn member(&mut self, tree: &IdedExpr, args: &[&IdedExpr]) -> Type {
        match self.pair(args) {
            (_, Type::Unknown) => {}
            (left, Type::List(of)) if left.fits(&of) => {}
            (left, right) => {
                self.problem(tree, format!("{left} in {right}"), "a value and a list of its type");
            }
        }
        Type::Bool
    }

    fn comprehension(&mut self, loops: &ComprehensionExpr) -> Type {
        let of = match self.type_of(&loops.iter_range) {
            Type::List(of) => *of,
            Type::Unknown => Type::Unknown,
            other => self.problem(&loops.iter_range, other.to_string(), "a list"),
        };
        let outside = self.scope.clone();
        let total = self.type_of(&loops.accu_init);
        self.scope.insert(loops.iter_var.clone(), of);
        self.scope.insert(loops.accu_var.clone(), total);
        self.want(&loops.loop_cond, &Type::Bool);
        let step = self.type_of(&loops.loop_step);
        self.scope.insert(loops.accu_var.clone(), step);
        let result = self.type_of(&loops.result);
        self.scope = outside;
        result
    }
}
