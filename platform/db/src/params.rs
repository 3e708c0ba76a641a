//! `params![...]`: anything that becomes a [`Value`](crate::Value), in the order of the placeholders.

/// Makes a `Vec<Value>` from values of the kinds that a column can hold.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

/// Declares a module's statements: each a static of its name, and `all()` that lists them for registration.
///
/// ```
/// db::statements! {
///     /// Notes of a person, newest first.
///     NOTES_OF = read("SELECT id, body FROM note WHERE person_id = ?1 ORDER BY id DESC LIMIT ?2");
///     /// A new note.
///     INSERT_NOTE = write("INSERT INTO note (id, person_id, body) VALUES (?1, ?2, ?3)").row("note", &[1]).keyed();
/// }
/// assert_eq!(all().len(), 2);
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $kind:ident($sql:expr) $(.$method:ident($($arg:expr),*))*;)*) => {
        $($(#[$doc])* pub static $name: std::sync::LazyLock<$crate::Statement> =
            std::sync::LazyLock::new(|| $crate::Statement::$kind(stringify!($name), $sql)$(.$method($($arg),*))*);)*
        /// Every statement of this file.
        #[must_use]
        pub fn all() -> Vec<$crate::Statement> { vec![$((*$name).clone()),*] }
    };
}
