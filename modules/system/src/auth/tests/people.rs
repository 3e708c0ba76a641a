//! Creating, changing, disabling people; teams and roles.
