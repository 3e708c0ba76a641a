//! What the list shows is what the decision allows.
