//! The interface's parts, rendered on the server: pages are built from these and nothing else.
//!
//! Invariants: no inline style and no inline script (the content security policy forbids both; drawings use SVG
//! attributes), every text in both languages, everything works without JavaScript, and whatever comes from outside
//! is escaped by maud. Values are formatted by [`format`], never by hand.

pub mod avatar;
pub mod bars;
pub mod button;
pub mod card;
pub mod chart;
pub mod chip;
pub mod choice;
pub mod console;
pub mod document;
pub mod empty;
pub mod field;
mod field_input;
pub mod form;
pub mod format;
pub mod gallery;
pub mod icon;
mod icon_shapes;
pub mod inbox;
mod islands;
pub mod kpi;
pub mod lines;
pub mod mark;
pub mod me;
pub mod phone;
pub mod plain;
pub mod shell;
pub mod table;
mod table_parts;
pub mod text;
pub mod till;
pub mod timeline;
pub mod toast;

pub use avatar::{AvatarSize, avatar, person, person_with};
pub use bars::{Bar, BarChart, Scale, bar_chart, chart_card, chart_table, day_bars, scale};
pub use button::{Button, csrf_field, key, key_hints, post_button};
pub use card::{Card, Fact, ListItem, code_block, definitions, fact_strip, item_list, mono, warning, why};
pub use chart::{DayLine, Sparkline, day_line, histogram, meter, reader, sparkline, table_link};
pub use chip::{State, Tone, chip, count, due_cell, due_chip, state_chip, tag};
pub use choice::{Choice, Filter, action_menu, filter, pager, pills, segmented, tabs};
pub use console::{CauseGroup, actions, cause_groups};
pub use document::{Document, Theme};
pub use empty::{dashed_dome, empty, empty_filtered, message, part_away, skeleton_rows};
pub use field::{Answer, Field, FieldKind, field_row};
pub use form::{
    Confirm, FormPage, confirm, decided, decision_bar, decision_of, error_summary, form_page, reach,
};
pub use icon::{Icon, icon, icon_large, tile};
pub use inbox::{Inbox, InboxRow, OpenRequest, inbox, rail_note, request_head};
pub use kpi::{Kpi, kpis, kpis_loading};
pub use lines::{Line, LineChart, line_chart, line_table};
pub use mark::{Dome, Freshness, dome, dome_word, freshness, mark};
pub use me::{Person, theme_switch};
pub use phone::{Phone, Punch, offline_strip, phone_card, punches, running_clock};
pub use plain::{SignIn, bare_page, failure, not_found};
pub use shell::{Crumb, MenuGroup, MenuItem, Shell, blocks, columns, head, live, post_form, settings};
pub use table::{Column, Row, Sort, Table, Width, database_cell, missing, subject};
pub use table_parts::danger_line;
pub use text::{capital, counted, enumerated, labelled, number_word, plural, quoted, say, typeset};
pub use till::TillPage;
pub use timeline::{Progress, Step, StepState, progress_list, timeline};
pub use toast::{Flash, toast, toasts};
