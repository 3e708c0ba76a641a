CREATE TABLE users (
  id {id} NOT NULL PRIMARY KEY,
  email {text} NOT NULL UNIQUE,
  active {bool} NOT NULL,
  sample {bool} NOT NULL,
  version {int} NOT NULL,
  created_at {instant} NOT NULL
){strict};
CREATE TABLE user_profiles (
  user_id {id} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  title {text} NOT NULL,
  lang {text} NOT NULL,
  team_id {id},
  sort_key {text} NOT NULL,
  search {text} NOT NULL
){strict};
CREATE INDEX user_profiles_sort ON user_profiles (sort_key, user_id);
CREATE INDEX user_profiles_team ON user_profiles (team_id);
CREATE TABLE teams (
  id {id} NOT NULL PRIMARY KEY,
  name {text} NOT NULL UNIQUE,
  manager_id {id},
  parent_id {id},
  version {int} NOT NULL
){strict};
CREATE INDEX teams_manager ON teams (manager_id);
CREATE TABLE roles (
  code {text} NOT NULL PRIMARY KEY,
  name_fr {text} NOT NULL,
  name_en {text} NOT NULL
){strict};
CREATE TABLE user_roles (
  user_id {id} NOT NULL,
  role {text} NOT NULL,
  PRIMARY KEY (user_id, role)
){strict};
CREATE INDEX user_roles_role ON user_roles (role);
CREATE TABLE permissions (
  role {text} NOT NULL,
  permission {text} NOT NULL,
  scope {text} NOT NULL,
  granted {bool} NOT NULL,
  PRIMARY KEY (role, permission)
){strict};
CREATE TABLE credentials (
  user_id {id} NOT NULL PRIMARY KEY,
  hash {text} NOT NULL,
  must_change {bool} NOT NULL,
  valid_until {instant},
  changed_at {instant} NOT NULL
){strict};
CREATE TABLE sessions (
  id {id} NOT NULL PRIMARY KEY,
  user_id {id} NOT NULL,
  kind {text} NOT NULL,
  created_at {instant} NOT NULL,
  last_seen_at {instant} NOT NULL,
  expires_at {instant} NOT NULL,
  address {text} NOT NULL,
  user_agent {text} NOT NULL,
  ended_at {instant},
  end_reason {text}
){strict};
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE TABLE session_tokens (
  hash {bytes} NOT NULL PRIMARY KEY,
  session_id {id} NOT NULL,
  kind {text} NOT NULL,
  generation {int} NOT NULL,
  expires_at {instant} NOT NULL,
  rotated_at {instant},
  salt {bytes}
){strict};
CREATE INDEX session_tokens_session ON session_tokens (session_id, generation);
CREATE TABLE login_history (
  id {id} NOT NULL PRIMARY KEY,
  user_id {id} NOT NULL,
  at {instant} NOT NULL,
  outcome {text} NOT NULL,
  method {text} NOT NULL,
  address {text} NOT NULL,
  user_agent {text} NOT NULL,
  session_id {id}
){strict};
CREATE INDEX login_history_user ON login_history (user_id, at);
CREATE INDEX login_history_at ON login_history (at);
