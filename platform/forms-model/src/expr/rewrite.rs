//! From the tree as written to the tree that runs: `today()` and `given(field)` become variables, `date('…')` a
//! number, so that nothing but variables comes in from outside.

use super::ParseError;
use crate::days::to_days;
use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, LiteralValue};
use std::collections::BTreeSet;

/// The variable behind `today()`.
pub(super) const TODAY: &str = "@today";

/// The variable behind `given(field)`.
pub(super) fn given(field: &str) -> String {
    format!("@given:{field}")
}

/// Calls the function on each direct part of an expression.
pub(super) fn each_part<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a IdedExpr)) {
    match expr {
        Expr::Call(call) => {
            call.target.iter().for_each(|target| visit(target));
            call.args.iter().for_each(visit);
        }
        Expr::Comprehension(loops) => {
            for part in
                [&loops.iter_range, &loops.accu_init, &loops.loop_cond, &loops.loop_step, &loops.result]
            {
                visit(part);
            }
        }
        Expr::List(list) => list.elements.iter().for_each(visit),
        Expr::Select(select) => visit(&select.operand),
        Expr::Map(map) => map.entries.iter().for_each(|entry| each_entry(&entry.expr, visit)),
        Expr::Struct(value) => value.entries.iter().for_each(|entry| each_entry(&entry.expr, visit)),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
    }
}

fn each_entry<'a>(entry: &'a EntryExpr, visit: &mut dyn FnMut(&'a IdedExpr)) {
    match entry {
        EntryExpr::StructField(field) => visit(&field.value),
        EntryExpr::MapEntry(pair) => {
            visit(&pair.key);
            visit(&pair.value);
        }
    }
}

/// Refuses a comprehension inside a comprehension: two levels over lists of a few hundred run for minutes.
pub(super) fn limit_comprehensions(tree: &IdedExpr, depth: usize) -> Result<(), ParseError> {
    let depth = depth + usize::from(matches!(tree.expr, Expr::Comprehension(_)));
    if depth > 1 {
        let message = "a comprehension (all, exists, map, filter) inside another one".to_owned();
        return Err(ParseError { offset: 0, message });
    }
    let mut outcome = Ok(());
    each_part(&tree.expr, &mut |part| {
        if outcome.is_ok() {
            outcome = limit_comprehensions(part, depth);
        }
    });
    outcome
}

/// How many operators may stand in a chain: evaluation recurses once per operator, and takes up to 35 kB of stack
/// each time in an unoptimised build.
const MAX_CHAIN: usize = 24;

/// Refuses a tree that is deeper than evaluation should recurse.
pub(super) fn limit_chain(tree: &IdedExpr) -> Result<(), ParseError> {
    let deepest = depth(tree);
    if deepest <= MAX_CHAIN {
        return Ok(());
    }
    let message = format!("{deepest} operators in a chain; the most is {MAX_CHAIN}");
    Err(ParseError { offset: 0, message })
}

fn depth(tree: &IdedExpr) -> usize {
    let mut deepest = 0;
    each_part(&tree.expr, &mut |part| deepest = deepest.max(depth(part)));
    deepest + 1
}

/// Gathers the variables that are read from outside, without those that a comprehension binds.
pub(super) fn collect_reads(tree: &IdedExpr, bound: &mut Vec<String>, reads: &mut BTreeSet<String>) {
    match &tree.expr {
        Expr::Ident(name) => {
            if !name.starts_with('@') && !bound.contains(name) {
                reads.insert(name.clone());
            }
        }
        Expr::Comprehension(loops) => {
            collect_reads(&loops.iter_range, bound, reads);
            collect_reads(&loops.accu_init, bound, reads);
            let outside = bound.len();
            bound.extend([loops.iter_var.clone(), loops.accu_var.clone()]);
            bound.extend(loops.iter_var2.clone());
            for part in [&loops.loop_cond, &loops.loop_step, &loops.result] {
                collect_reads(part, bound, reads);
            }
            bound.truncate(outside);
        }
        other => each_part(other, &mut |part| collect_reads(part, bound, reads)),
    }
}

/// Replaces the calls that read from outside.
///
/// # Errors
/// [`ParseError`] when `date('…')` names no date.
pub(super) fn prepare(mut tree: IdedExpr) -> Result<IdedExpr, ParseError> {
    let replacement = match &tree.expr {
        Expr::Call(call) if call.target.is_none() => match (call.func_name.as_str(), call.args.as_slice()) {
            ("today", []) => Some(Expr::Ident(TODAY.to_owned())),
            ("given", [IdedExpr { expr: Expr::Ident(name), .. }]) => Some(Expr::Ident(given(name))),
            ("date", [IdedExpr { expr: Expr::Literal(LiteralValue::String(text)), .. }]) => {
                Some(date_literal(text.inner())?)
            }
            _ => None,
        },
        _ => None,
    };
    match replacement {
        Some(expr) => tree.expr = expr,
        None => prepare_parts(&mut tree.expr)?,
    }
    Ok(tree)
}

fn date_literal(text: &str) -> Result<Expr, ParseError> {
    let date: jiff::civil::Date = text.parse().map_err(|_| ParseError {
        offset: 0,
        message: format!("`{text}` is not a date; write it as in date('2026-12-24')"),
    })?;
    Ok(Expr::Literal(LiteralValue::Int(to_days(date).into())))
}

fn prepare_parts(expr: &mut Expr) -> Result<(), ParseError> {
    let replace = |part: &mut IdedExpr| -> Result<(), ParseError> {
        *part = prepare(std::mem::take(part))?;
        Ok(())
    };
    match expr {
        Expr::Call(call) => {
            call.target.iter_mut().try_for_each(|target| replace(target))?;
            call.args.iter_mut().try_for_each(replace)
        }
        Expr::Comprehension(loops) => [
            &mut loops.iter_range,
            &mut loops.accu_init,
            &mut loops.loop_cond,
            &mut loops.loop_step,
            &mut loops.result,
        ]
        .into_iter()
        .try_for_each(replace),
        Expr::List(list) => list.elements.iter_mut().try_for_each(replace),
        Expr::Select(select) => replace(&mut select.operand),
        // Maps and structures are refused by the type check; nothing inside them needs preparing.
        Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Ok(()),
    }
}
