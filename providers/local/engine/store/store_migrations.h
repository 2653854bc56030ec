/* The tables of the engine's database, as steps from one PRAGMA user_version to the next. */
#ifndef FNCTL_ENGINE_STORE_MIGRATIONS_H
#define FNCTL_ENGINE_STORE_MIGRATIONS_H

/* Step n leads from version n to n + 1; ends with NULL. A step that was released never changes. */
extern const char *const store_migrations[];

#endif
