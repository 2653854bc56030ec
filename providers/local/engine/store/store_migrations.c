#include "providers/local/engine/store/store_migrations.h"

#include <stddef.h>

/*
 * Times are ms since 1970. Columns named `document` or `configuration` hold JSON in the form of the
 * replies that carry it; what the engine itself looks at has a column of its own.
 */
static const char *const lambda_tables =
    "CREATE TABLE functions ("
    "  name TEXT PRIMARY KEY,"
    "  arn TEXT NOT NULL,"
    "  tags TEXT NOT NULL,"             /* JSON object */
    "  concurrency INTEGER,"            /* reserved; NULL: none */
    "  next_version INTEGER NOT NULL);" /* the number that is published next */
    "CREATE TABLE function_versions ("
    "  function TEXT NOT NULL REFERENCES functions(name) ON DELETE CASCADE,"
    "  version TEXT NOT NULL,"       /* '$LATEST' or a number */
    "  configuration TEXT NOT NULL," /* FunctionConfiguration */
    "  code TEXT NOT NULL,"          /* blob */
    "  PRIMARY KEY (function, version));"
    "CREATE TABLE aliases ("
    "  function TEXT NOT NULL REFERENCES functions(name) ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  version TEXT NOT NULL,"
    "  description TEXT NOT NULL,"
    "  weights TEXT NOT NULL," /* JSON object: version -> share */
    "  revision TEXT NOT NULL,"
    "  PRIMARY KEY (function, name));"
    "CREATE TABLE permissions ("
    "  function TEXT NOT NULL REFERENCES functions(name) ON DELETE CASCADE,"
    "  qualifier TEXT NOT NULL," /* '': the function itself */
    "  id TEXT NOT NULL,"
    "  statement TEXT NOT NULL," /* JSON: an IAM statement */
    "  PRIMARY KEY (function, qualifier, id));"
    "CREATE TABLE urls ("
    "  id TEXT PRIMARY KEY," /* in the path /_fnctl/url/ID/ */
    "  function TEXT NOT NULL REFERENCES functions(name) ON DELETE CASCADE,"
    "  qualifier TEXT NOT NULL,"
    "  auth_type TEXT NOT NULL," /* NONE, AWS_IAM */
    "  cors TEXT,"               /* JSON: Cors; NULL: none */
    "  invoke_mode TEXT NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL,"
    "  UNIQUE (function, qualifier));"
    "CREATE TABLE event_invoke_configs ("
    "  function TEXT NOT NULL REFERENCES functions(name) ON DELETE CASCADE,"
    "  qualifier TEXT NOT NULL,"
    "  retries INTEGER,"
    "  age INTEGER,"       /* s */
    "  destinations TEXT," /* JSON: DestinationConfig */
    "  modified INTEGER NOT NULL,"
    "  PRIMARY KEY (function, qualifier));"
    "CREATE TABLE layers ("
    "  name TEXT NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  arn TEXT NOT NULL UNIQUE,"           /* of the version */
    "  code TEXT NOT NULL,"                 /* blob */
    "  document TEXT NOT NULL,"             /* GetLayerVersion's reply without Location */
    "  deleted INTEGER NOT NULL DEFAULT 0," /* 1: kept for functions that still use it */
    "  PRIMARY KEY (name, version));";

static const char *const iam_tables =
    "CREATE TABLE roles ("
    "  name TEXT PRIMARY KEY,"
    "  arn TEXT NOT NULL UNIQUE,"
    "  path TEXT NOT NULL,"
    "  id TEXT NOT NULL,"
    "  trust TEXT NOT NULL," /* AssumeRolePolicyDocument */
    "  description TEXT,"
    "  session INTEGER NOT NULL," /* MaxSessionDuration, s */
    "  tags TEXT NOT NULL,"       /* JSON object */
    "  created INTEGER NOT NULL);"
    "CREATE TABLE role_policies ("
    "  role TEXT NOT NULL REFERENCES roles(name)," /* no cascade: DeleteRole demands none */
    "  name TEXT NOT NULL,"
    "  document TEXT NOT NULL,"
    "  PRIMARY KEY (role, name));"
    "CREATE TABLE role_attachments ("
    "  role TEXT NOT NULL REFERENCES roles(name),"
    "  arn TEXT NOT NULL,"
    "  PRIMARY KEY (role, arn));";

static const char *const logs_tables =
    "CREATE TABLE log_groups ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE,"
    "  arn TEXT NOT NULL," /* without the last :* */
    "  class TEXT NOT NULL,"
    "  retention INTEGER," /* days; NULL: for ever */
    "  tags TEXT NOT NULL,"
    "  bytes INTEGER NOT NULL DEFAULT 0,"
    "  created INTEGER NOT NULL);"
    "CREATE TABLE log_streams ("
    "  id INTEGER PRIMARY KEY,"
    "  log_group INTEGER NOT NULL REFERENCES log_groups(id) ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  first INTEGER," /* timestamps of events; NULL: none yet */
    "  last INTEGER,"
    "  ingested INTEGER,"
    "  UNIQUE (log_group, name));"
    "CREATE TABLE log_events ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  log_group INTEGER NOT NULL REFERENCES log_groups(id) ON DELETE CASCADE,"
    "  stream INTEGER NOT NULL REFERENCES log_streams(id) ON DELETE CASCADE,"
    "  timestamp INTEGER NOT NULL,"
    "  ingested INTEGER NOT NULL,"
    "  message TEXT NOT NULL);"
    "CREATE INDEX log_events_by_group ON log_events (log_group, timestamp, id);"
    "CREATE INDEX log_events_by_stream ON log_events (stream, timestamp, id);";

static const char *const apigateway_tables =
    "CREATE TABLE apis ("
    "  id TEXT PRIMARY KEY," /* in the path /_fnctl/api/ID/ */
    "  arn TEXT NOT NULL,"
    "  tags TEXT NOT NULL,"
    "  document TEXT NOT NULL," /* GetApi's reply without apiEndpoint and tags */
    "  created INTEGER NOT NULL);"
    "CREATE TABLE api_integrations ("
    "  api TEXT NOT NULL REFERENCES apis(id) ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  document TEXT NOT NULL," /* GetIntegration's reply */
    "  PRIMARY KEY (api, id));"
    "CREATE TABLE api_routes ("
    "  api TEXT NOT NULL REFERENCES apis(id) ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  route_key TEXT NOT NULL,"
    "  integration TEXT," /* id; NULL: none */
    "  document TEXT NOT NULL,"
    "  PRIMARY KEY (api, id), UNIQUE (api, route_key));"
    "CREATE TABLE api_stages ("
    "  api TEXT NOT NULL REFERENCES apis(id) ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  tags TEXT NOT NULL,"
    "  document TEXT NOT NULL,"
    "  PRIMARY KEY (api, name));"
    "CREATE TABLE api_deployments ("
    "  api TEXT NOT NULL REFERENCES apis(id) ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  document TEXT NOT NULL,"
    "  PRIMARY KEY (api, id));";

static const char *const scheduler_tables =
    "CREATE TABLE schedule_groups ("
    "  name TEXT PRIMARY KEY,"
    "  arn TEXT NOT NULL,"
    "  tags TEXT NOT NULL,"
    "  created INTEGER NOT NULL);"
    "CREATE TABLE schedules ("
    "  schedule_group TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  arn TEXT NOT NULL,"
    "  expression TEXT NOT NULL," /* cron(...), rate(...), at(...) */
    "  timezone TEXT NOT NULL,"
    "  enabled INTEGER NOT NULL,"
    "  start_at INTEGER," /* NULL: no bound */
    "  end_at INTEGER,"
    "  flexible INTEGER NOT NULL," /* minutes; 0: off */
    "  target TEXT NOT NULL,"      /* ARN */
    "  input TEXT,"                /* NULL: the scheduler's own event */
    "  retries INTEGER NOT NULL,"
    "  age INTEGER NOT NULL,"          /* s: how old an event may get while it is retried */
    "  delete_after INTEGER NOT NULL," /* ActionAfterCompletion DELETE */
    "  document TEXT NOT NULL,"        /* GetSchedule's reply */
    "  created INTEGER NOT NULL,"      /* from here rate(...) counts */
    "  PRIMARY KEY (schedule_group, name));";

/* Written by invoke.c alone. */
static const char *const invoke_tables =
    "CREATE TABLE async_events ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  request_id TEXT NOT NULL,"
    "  arn TEXT NOT NULL," /* as invoked: functions_resolve() takes it */
    "  payload BLOB NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  due INTEGER NOT NULL,"
    "  created INTEGER NOT NULL);";

/* Written by schedules.c alone: the last instant at which a schedule fired. */
static const char *const firing_tables = "CREATE TABLE schedule_firings ("
                                         "  schedule_group TEXT NOT NULL,"
                                         "  name TEXT NOT NULL,"
                                         "  created INTEGER NOT NULL," /* of the schedule */
                                         "  fired INTEGER NOT NULL,"
                                         "  PRIMARY KEY (schedule_group, name));";

static const char *const s3_tables =
    "CREATE TABLE s3_buckets ("
    "  name TEXT PRIMARY KEY,"
    "  region TEXT NOT NULL,"
    "  tags TEXT," /* this and the next two: JSON of the document that was put; NULL: none */
    "  lifecycle TEXT,"
    "  public_access TEXT,"
    "  created INTEGER NOT NULL);"
    "CREATE TABLE s3_objects ("
    "  bucket TEXT NOT NULL REFERENCES s3_buckets(name)," /* no cascade: DeleteBucket wants none */
    "  key TEXT NOT NULL,"
    "  blob TEXT NOT NULL,"
    "  size INTEGER NOT NULL,"
    "  etag TEXT NOT NULL,"     /* without quotes */
    "  headers TEXT NOT NULL,"  /* JSON object: what the replies to GET and HEAD carry */
    "  checksum TEXT NOT NULL," /* JSON object: algorithm, type, value; {}: none */
    "  modified INTEGER NOT NULL,"
    "  PRIMARY KEY (bucket, key));"
    "CREATE INDEX s3_objects_by_blob ON s3_objects (blob);"
    "CREATE TABLE s3_uploads ("
    "  id TEXT PRIMARY KEY,"
    "  bucket TEXT NOT NULL REFERENCES s3_buckets(name) ON DELETE CASCADE,"
    "  key TEXT NOT NULL,"
    "  headers TEXT NOT NULL,"
    "  algorithm TEXT," /* of the checksums; NULL: none */
    "  type TEXT,"      /* COMPOSITE or FULL_OBJECT */
    "  created INTEGER NOT NULL);"
    "CREATE TABLE s3_parts ("
    "  upload TEXT NOT NULL REFERENCES s3_uploads(id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  blob TEXT NOT NULL,"
    "  size INTEGER NOT NULL,"
    "  etag TEXT NOT NULL,"
    "  checksum TEXT," /* base64; NULL: none */
    "  modified INTEGER NOT NULL,"
    "  PRIMARY KEY (upload, number));"
    "CREATE INDEX s3_parts_by_blob ON s3_parts (blob);";

static const char *const parameter_tables =
    "CREATE TABLE parameters ("
    "  name TEXT PRIMARY KEY,"
    "  type TEXT NOT NULL,"       /* String, StringList, SecureString */
    "  version INTEGER NOT NULL," /* the newest */
    "  document TEXT NOT NULL,"   /* what DescribeParameters says of it besides */
    "  tags TEXT NOT NULL);"      /* JSON object */
    "CREATE TABLE parameter_versions ("
    "  name TEXT NOT NULL REFERENCES parameters(name) ON DELETE CASCADE,"
    "  version INTEGER NOT NULL,"
    "  value TEXT NOT NULL,"
    "  labels TEXT NOT NULL," /* JSON array */
    "  modified INTEGER NOT NULL,"
    "  PRIMARY KEY (name, version));";

static const char *const provisioned_tables =
    "CREATE TABLE provisioned_concurrency ("
    "  function TEXT NOT NULL REFERENCES functions(name) ON DELETE CASCADE,"
    "  qualifier TEXT NOT NULL,"
    "  requested INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL,"
    "  PRIMARY KEY (function, qualifier));";

/* Written by metrics.c alone. */
static const char *const metrics_tables =
    "CREATE TABLE function_minutes ("
    "  minute INTEGER NOT NULL," /* s since 1970 */
    "  function TEXT NOT NULL,"
    "  invocations INTEGER NOT NULL,"
    "  errors INTEGER NOT NULL,"
    "  throttles INTEGER NOT NULL,"
    "  total REAL NOT NULL," /* this and the next two: ms */
    "  shortest REAL NOT NULL,"
    "  longest REAL NOT NULL,"
    "  durations TEXT NOT NULL," /* JSON object: size, see metrics.c, and how many */
    "  PRIMARY KEY (minute, function)) WITHOUT ROWID;";
static const char *const queue_tables =
    "CREATE TABLE sqs_queues ("
    "  name TEXT PRIMARY KEY,"
    "  arn TEXT NOT NULL,"
    "  attributes TEXT NOT NULL," /* JSON object of strings: those that were set */
    "  tags TEXT NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL);"
    "CREATE TABLE sqs_messages ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* their order, and the sequence number */
    "  queue TEXT NOT NULL REFERENCES sqs_queues(name) ON DELETE CASCADE,"
    "  message_id TEXT NOT NULL,"
    "  body TEXT NOT NULL,"
    "  attributes TEXT," /* JSON: MessageAttributes; NULL: none */
    "  sent INTEGER NOT NULL,"
    "  visible INTEGER NOT NULL,"  /* from when on it can be received */
    "  received INTEGER NOT NULL," /* how often it was */
    "  first INTEGER,"             /* when for the first time */
    "  receipt TEXT,"              /* of the last time */
    "  group_id TEXT,"
    "  deduplication TEXT,"
    "  source TEXT);" /* ARN of the queue that a dead letter came from */
    "CREATE INDEX sqs_messages_by_queue ON sqs_messages (queue, visible);"
    "CREATE INDEX sqs_messages_by_group ON sqs_messages (queue, group_id, id);"
    "CREATE TABLE sqs_deduplications (" /* what FIFO queues were sent in the last minutes */
    "  queue TEXT NOT NULL REFERENCES sqs_queues(name) ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  message_id TEXT NOT NULL,"
    "  sequence INTEGER NOT NULL,"
    "  sent INTEGER NOT NULL,"
    "  PRIMARY KEY (queue, id));"
    "CREATE TABLE event_source_mappings ("
    "  uuid TEXT PRIMARY KEY,"
    "  function TEXT NOT NULL," /* not bound to it: Lambda keeps mappings of deleted functions */
    "  qualifier TEXT NOT NULL,"
    "  source TEXT NOT NULL," /* ARN */
    "  enabled INTEGER NOT NULL,"
    "  document TEXT NOT NULL," /* EventSourceMappingConfiguration without State */
    "  tags TEXT NOT NULL,"
    "  UNIQUE (function, qualifier, source));";

static const char *const secret_tables =
    "CREATE TABLE secrets ("
    "  name TEXT PRIMARY KEY,"
    "  arn TEXT NOT NULL UNIQUE,"
    "  document TEXT NOT NULL," /* Description, KmsKeyId */
    "  tags TEXT NOT NULL,"     /* JSON object */
    "  created INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL,"
    "  deleted INTEGER);" /* when it will be; NULL: it is not to be */
    "CREATE TABLE secret_versions ("
    "  name TEXT NOT NULL REFERENCES secrets(name) ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  text TEXT,"            /* SecretString, or NULL */
    "  bytes TEXT,"           /* SecretBinary, base64; or NULL */
    "  stages TEXT NOT NULL," /* JSON array */
    "  created INTEGER NOT NULL,"
    "  PRIMARY KEY (name, id));";

static const char *const authorizer_tables =
    "CREATE TABLE api_authorizers ("
    "  api TEXT NOT NULL REFERENCES apis(id) ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  document TEXT NOT NULL," /* GetAuthorizer's reply */
    "  PRIMARY KEY (api, id));";

/* JSON of the document that was put; NULL: none. */
static const char *const notification_tables =
    "ALTER TABLE s3_buckets ADD COLUMN notification TEXT;";

/* ARN of the policy that bounds the role; NULL: none. */
static const char *const boundary_tables = "ALTER TABLE roles ADD COLUMN boundary TEXT;";

const char *const store_migrations[] = {
    lambda_tables,   iam_tables,    logs_tables,  apigateway_tables, scheduler_tables,
    invoke_tables,   firing_tables, s3_tables,    parameter_tables,  provisioned_tables,
    metrics_tables,  secret_tables, queue_tables, authorizer_tables, notification_tables,
    boundary_tables, NULL};
