//! Icons: Lucide, drawn inline so that they take the colour of the text beside them. One meaning per icon. An icon
//! never stands alone: the word beside it, or the label of its button, says the same.

use maud::{Markup, PreEscaped, html};

macro_rules! icons {
    ($($variant:ident $name:literal $shapes:literal,)+) => {
        /// An icon of the interface, by its name at Lucide.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Icon {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl Icon {
            /// Every icon, in the order of the design's list.
            pub const ALL: &[Icon] = &[$(Icon::$variant,)+];

            /// The icon's name at Lucide, as module declarations write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Icon::$variant => $name,)+ }
            }

            pub(super) fn shapes(self) -> &'static str {
                match self { $(Icon::$variant => $shapes,)+ }
            }
        }
    };
}
pub(super) use icons;

pub use super::icon_shapes::Icon;

impl Icon {
    /// The icon that a module's declaration names; `None` when the interface does not have it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|icon| icon.name() == name)
    }
}

/// An icon at 16 px, hidden from screen readers.
#[must_use]
pub fn icon(icon: Icon) -> Markup {
    drawn(icon, "ic")
}

/// An icon at 20 px, for messages and phones.
#[must_use]
pub fn icon_large(icon: Icon) -> Markup {
    drawn(icon, "ic l")
}

fn drawn(icon: Icon, class: &str) -> Markup {
    html! { svg class=(class) viewBox="0 0 24 24" aria-hidden="true" { (PreEscaped(icon.shapes())) } }
}

/// An icon on a square ground, before the name of a thing in a list.
#[must_use]
pub fn tile(shown: Icon) -> Markup {
    html! { span.tile { (icon(shown)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_are_found_by_name() {
        assert_eq!(Icon::from_name("circle-check"), Some(Icon::CircleCheck));
        assert_eq!(Icon::from_name("skull"), None);
        assert!(icon(Icon::X).into_string().contains("aria-hidden=\"true\""));
    }
}
