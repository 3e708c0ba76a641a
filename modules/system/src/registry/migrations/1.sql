CREATE TABLE modules (
  code {text} NOT NULL PRIMARY KEY,
  version {text} NOT NULL,
  name_fr {text} NOT NULL,
  name_en {text} NOT NULL,
  state {text} NOT NULL,
  -- The declaration of a module that was installed while the system ran; null for those of the program.
  declared {json},
  registered_at {instant} NOT NULL
){strict};
CREATE TABLE databases (
  module {text} NOT NULL,
  tenant {text} NOT NULL,
  place {json} NOT NULL,
  -- The database's key, wrapped by the master key; and the role's password, sealed under the database's key.
  wrapped_key {text} NOT NULL,
  sealed_password {bytes},
  schema_version {int} NOT NULL,
  fingerprint {text} NOT NULL,
  state {text} NOT NULL,
  epoch {int} NOT NULL,
  created_at {instant} NOT NULL,
  changed_at {instant} NOT NULL,
  PRIMARY KEY (module, tenant)
){strict};
CREATE TABLE contracts (
  module {text} NOT NULL,
  kind {text} NOT NULL,
  version {int} NOT NULL,
  schema {json} NOT NULL,
  PRIMARY KEY (module, kind, version)
){strict};
