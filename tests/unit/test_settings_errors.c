/* Each kind of bad settings, with its whole message. */
#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/settings.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "tests/unit/settings_folder.h"

static void write_settings(const void *text, size_t len)
{
    struct err err;

    assert_int_equal(file_write(SETTINGS_FILE, text, len, 0644, &err), 0);
}

static void refuses(const char *text, const char *message)
{
    const struct settings_context context = {0};
    struct settings settings;
    struct err err = {0};

    write_settings(text, strlen(text));
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message, message);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_null(settings.resolved);
}

/* The message without "'fnctl.json': line 1, column ". */
static void refuses_in_line_1(const char *text, const char *message)
{
    char *whole = xasprintf("'fnctl.json': line 1, column %s", message);

    refuses(text, whole);
    free(whole);
}

/* Members of a function besides runtime and handler. */
static const char *const in_function[][2] = {
    {"\"memroy\": 1", "81: functions.f.memroy: unknown key; did you mean 'memory'?"},
    {"\"memory\": 64", "91: functions.f.memory: must be a whole number from 128 to 10240, not 64"},
    {"\"memory\": \"512\"",
     "91: functions.f.memory: must be a whole number from 128 to 10240, not the string '512'"},
    {"\"timeout\": 901", "92: functions.f.timeout: must be a whole number from 1 to 900, not 901"},
    {"\"ephemeral_storage\": 100",
     "102: functions.f.ephemeral_storage: must be a whole number from 512 to 10240, not 100"},
    {"\"log_retention\": 2",
     "98: functions.f.log_retention: must be 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, "
     "400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653, not 2"},
    {"\"architecture\": \"arm\"",
     "97: functions.f.architecture: must be 'x86_64' or 'arm64', not 'arm'"},
    {"\"log_format\": \"jsn\"",
     "95: functions.f.log_format: must be 'text' or 'json', not 'jsn'; did you mean 'json'?"},
    {"\"tracing\": \"on\"",
     "92: functions.f.tracing: must be 'active' or 'pass-through', not 'on'"},
    {"\"layer\": \"yes\"", "90: functions.f.layer: must be true or false, not the string 'yes'"},
    {"\"source\": \"\"", "91: functions.f.source: must not be empty"},
    {"\"include\": \"x\"",
     "92: functions.f.include: must be a list of strings, not the string 'x'"},
    {"\"retries\": {\"attempts\": 3}",
     "105: functions.f.retries.attempts: must be a whole number from 0 to 2, not 3"},
    {"\"retries\": {\"age\": 59}",
     "100: functions.f.retries.age: must be a whole number from 60 to 21600, not 59"},
    {"\"destinations\": {\"success\": \"arn:aws:s3:::b\"}",
     "109: functions.f.destinations.success: 'arn:aws:s3:::b' must be the ARN of an SQS queue, an "
     "SNS topic, a Lambda function or an EventBridge event bus"},
    {"\"node_modules\": \"install\"",
     "81: functions.f.node_modules: 'node_modules' is for nodejs runtimes only, not for "
     "'python3.13'"},
    {"\"web\": \"x\"", "81: functions.f.web: 'web' is not supported by this version"},
    {"\"app\": \"app.app\"", "81: functions.f.app: only one of 'handler' and 'app' may be set"},
    {"\"role\": \"admin\"", "89: functions.f.role: 'admin' must be a role's ARN, as in "
                            "'arn:aws:iam::123456789012:role/name'"},
    {"\"layers\": [\"x\"]",
     "92: functions.f.layers[0]: 'x' must be a layer's ARN with its version, as in "
     "'arn:aws:lambda:eu-central-1:123456789012:layer:name:1'"},
    {"\"layers\": [\"arn:aws:lambda:eu-west-1:1:layer:n\"]",
     "92: functions.f.layers[0]: 'arn:aws:lambda:eu-west-1:1:layer:n' must be a layer's ARN with "
     "its version, as in 'arn:aws:lambda:eu-central-1:123456789012:layer:name:1'"},
    {"\"dead_letter\": \"arn:aws:s3:::b\"", "96: functions.f.dead_letter: 'arn:aws:s3:::b' must be "
                                            "the ARN of an SQS queue or an SNS topic"},
    {"\"vpc\": {\"subnets\": [\"subnet-1\"]}",
     "81: functions.f.vpc.security_groups: this key is missing: ids of the security groups"},
    {"\"vpc\": {\"subnets\": [\"subnet-1\"], \"security_groups\": [\"x\"]}",
     "134: functions.f.vpc.security_groups[0]: 'x' must be an id as 'sg-0123456789abcdef0'"},
    {"\"permissions\": [\"s3:GetObject\"]",
     "97: functions.f.permissions[0]: 's3:GetObject' must be actions, a space and an ARN, as in "
     "'s3:GetObject,s3:PutObject arn:aws:s3:::bucket/*'"},
    {"\"permissions\": [\"s3:Get,Put arn:aws:s3:::b\"]",
     "97: functions.f.permissions[0]: 's3:Get,Put arn:aws:s3:::b' must be actions, a space and an "
     "ARN, as in 's3:GetObject,s3:PutObject arn:aws:s3:::bucket/*'"},
    {"\"permissions\": [\"s3:GetObject  arn:aws:s3:::b\"]",
     "97: functions.f.permissions[0]: 's3:GetObject  arn:aws:s3:::b' must be actions, a space and "
     "an ARN, as in 's3:GetObject,s3:PutObject arn:aws:s3:::bucket/*'"},
    {"\"environment\": {\"A\": 1}",
     "102: functions.f.environment.A: must be a string, not the number 1"},
    {"\"environment\": {\"AWS_REGION\": \"x\"}", "97: functions.f.environment.AWS_REGION: Lambda "
                                                 "sets this variable itself, choose another name"},
    {"\"environment\": {\"LAMBDA_TASK_ROOT\": \"x\"}",
     "97: functions.f.environment.LAMBDA_TASK_ROOT: Lambda sets this variable itself, choose "
     "another name"},
    {"\"environment\": {\"1A\": \"x\"}",
     "97: functions.f.environment.1A: the name of a variable must be two or more letters, digits "
     "and '_', starting with a letter"},
    {"\"environment\": {\"A-B\": \"x\"}",
     "97: functions.f.environment.A-B: the name of a variable must be two or more letters, digits "
     "and '_', starting with a letter"},
    {"\"tags\": {\"aws:x\": \"y\"}",
     "90: functions.f.tags.aws:x: tags that start with 'aws:' and 'fnctl:' are not free to use"},
    {"\"tags\": {\"fnctl:project\": \"y\"}", "90: functions.f.tags.fnctl:project: tags that start "
                                             "with 'aws:' and 'fnctl:' are not free to use"},
    {"\"tags\": {\"x\": \"this & that\"}",
     "90: functions.f.tags.x: a tag and its value consist of letters, digits, spaces and "
     "_ . : / = + - @"},
    {"\"tags\": {\"\": \"y\"}",
     "90: functions.f.tags.: a tag must have 1 to 128 bytes, its value at most 256"},
    {"\"routes\": \"GET /\"", "91: functions.f.routes: must be a list, not the string 'GET /'"},
    {"\"routes\": [\"get /x\"]", "92: functions.f.routes[0]: 'get /x' must be a method and a path, "
                                 "as in 'GET /items/{id}', or '$default'; methods are ANY, GET, "
                                 "POST, PUT, PATCH, DELETE, HEAD and OPTIONS; did you mean 'GET'?"},
    {"\"routes\": [\"GTE /x\"]", "92: functions.f.routes[0]: 'GTE /x' must be a method and a path, "
                                 "as in 'GET /items/{id}', or '$default'; methods are ANY, GET, "
                                 "POST, PUT, PATCH, DELETE, HEAD and OPTIONS; did you mean 'GET'?"},
    {"\"routes\": [\"GET\"]",
     "92: functions.f.routes[0]: 'GET' must be a method and a path, as in 'GET /items/{id}', or "
     "'$default'; methods are ANY, GET, POST, PUT, PATCH, DELETE, HEAD and OPTIONS"},
    {"\"routes\": [\"GET x\"]", "92: functions.f.routes[0]: the path 'x' must start with '/'; a "
                                "variable is a whole segment: '{id}', or '{path+}' at the end"},
    {"\"routes\": [\"GET /a/{b+}/c\"]",
     "92: functions.f.routes[0]: the path '/a/{b+}/c' must start with '/'; a variable is a whole "
     "segment: '{id}', or '{path+}' at the end"},
    {"\"routes\": [\"GET /a{b}\"]",
     "92: functions.f.routes[0]: the path '/a{b}' must start with '/'; a variable is a whole "
     "segment: '{id}', or '{path+}' at the end"},
    {"\"routes\": [\"GET /x\", \"GET /x\"]",
     "102: functions.f.routes[1]: the route 'GET /x' of 'f' belongs to 'f' already"},
    {"\"routes\": [{\"path\": \"/x\"}]", "93: functions.f.routes[0].path: unknown key; there are: "
                                         "route, authorizer, scopes, throttle"},
    {"\"routes\": [7]", "92: functions.f.routes[0]: must be a string such as 'GET /items/{id}', or "
                        "an object with route, authorizer, scopes and throttle"},
    {"\"routes\": [\"GET /a b\"]",
     "92: functions.f.routes[0]: the path '/a b' must start with '/'; a variable is a whole "
     "segment: '{id}', or '{path+}' at the end"},
    {"\"url\": 1",
     "88: functions.f.url: must be true, false, or an object with auth, cors and stream"},
    {"\"url\": {\"auth\": \"aws\"}",
     "97: functions.f.url.auth: must be 'none' or 'iam', not 'aws'"},
    {"\"url\": {\"cros\": {}}", "89: functions.f.url.cros: unknown key; did you mean 'cors'?"},
    {"\"url\": {\"cors\": {\"allow_origin\": [\"*\"]}}",
     "98: functions.f.url.cors.allow_origin: unknown key; did you mean 'allow_origins'?"},
    {"\"url\": {\"cors\": {\"max_age\": 86401}}",
     "109: functions.f.url.cors.max_age: must be a whole number from 0 to 86400, not 86401"},
    {"\"schedules\": [{\"cron\": \"61 * * * *\"}]",
     "104: functions.f.schedules[0].cron: minute '61': must be 0 to 59, a range, a list or a step "
     "of them"},
    {"\"schedules\": [{}]",
     "95: functions.f.schedules[0]: exactly one of 'cron', 'rate' and 'at' must be set, not 0"},
    {"\"schedules\": [{\"cron\": \"* * * * *\", \"rate\": \"1 hour\"}]",
     "95: functions.f.schedules[0]: exactly one of 'cron', 'rate' and 'at' must be set, not 2"},
    {"\"schedules\": [{\"rate\": \"5\"}]",
     "104: functions.f.schedules[0].rate: rate '5': must be a number from 1 to 1000000 and "
     "minutes, hours or days, as in '5 minutes'"},
    {"\"schedules\": [{\"at\": \"tomorrow\"}]",
     "102: functions.f.schedules[0].at: at 'tomorrow': must be a date and time that exist, as in "
     "'2027-01-01T00:00:00'"},
    {"\"schedules\": [\"every day\"]",
     "95: functions.f.schedules[0]: 'every day': must be cron(...), rate(...) or at(...)"},
    {"\"schedules\": [\"cron(0 9 * * * *)\"]",
     "95: functions.f.schedules[0]: day-of-month '*' and day-of-week '*': one of them, and only "
     "one, must be '?' in cron(...)"},
    {"\"schedules\": [{\"cron\": \"cron(0 9 1 1 ?)\"}]",
     "104: functions.f.schedules[0].cron: cron(...) has 5 fields, must have six: minutes hours "
     "day-of-month month day-of-week year"},
    {"\"schedules\": [{\"rate\": \"1 hour\", \"timezone\": \"Europe/Bonn\"}]",
     "126: functions.f.schedules[0].timezone: 'Europe/Bonn' is no time zone of this machine: must "
     "be one as 'Europe/Berlin' or 'UTC'"},
    {"\"schedules\": [{\"rate\": \"1 hour\", \"name\": \"a b\"}]",
     "122: functions.f.schedules[0].name: 'a b' must be 1 to 64 letters, digits, '-', '_' and '.'"},
    {"\"schedules\": [{\"rate\": \"1 hour\", \"name\": \"n\"}, {\"rate\": \"2 hours\", \"name\": "
     "\"n\"}]",
     "122: functions.f.schedules[0].name: 'n' is the name of another schedule already"},
    {"\"schedules\": [{\"rate\": \"1 hour\", \"name\": \"f-1\"}, \"rate(1 hour)\"]",
     "122: functions.f.schedules[0].name: 'f-1' is the name of another schedule already"},
    {"\"schedules\": [7]", "95: functions.f.schedules[0]: must be an object with cron, rate or at, "
                           "or a string such as 'rate(5 minutes)'"},
    {"\"description\": \"${evn:X}\"",
     "96: functions.f.description: '${evn:X}' is no variable; did you mean 'env'? There are: "
     "env:..., stage, project, region, account, git:..., file:..., ssm:..., secret:..., cf:..."},
    {"\"description\": \"${env:NOPE}\"",
     "96: functions.f.description: '${env:NOPE}' is missing: set the environment variable NOPE, or "
     "give a default as in '${env:NOPE:-default}'"},
    {"\"description\": \"${env:}\"",
     "96: functions.f.description: '${env:}' names no environment variable"},
    {"\"description\": \"${env}\"",
     "96: functions.f.description: '${env}' needs more: '${env:...}'"},
    {"\"description\": \"${stage:x}\"",
     "96: functions.f.description: '${stage:x}' takes nothing after the colon: '${stage}'"},
    {"\"description\": \"${x\"",
     "96: functions.f.description: '${x' has no closing '}'; a literal '${' is written '$${'"},
    {"\"description\": \"${ssm:/a b}\"",
     "96: functions.f.description: '${ssm:/a b}' has not the form of '${ssm:/name}', "
     "'${ssm:/name:3}' or '${ssm:/name:label}'"},
    {"\"description\": \"${secret:a#}\"",
     "96: functions.f.description: '${secret:a#}' has not the form of '${secret:name}', "
     "'${secret:name#key}' or '${secret:name:AWSPREVIOUS#key}'"},
    {"\"description\": \"${cf:s}\"",
     "96: functions.f.description: '${cf:s}' has not the form of '${cf:stack.Output}'"},
    {"\"description\": \"${account}\"", "96: functions.f.description: '${account}' is not "
                                        "available here: only the provider knows the account"},
    {"\"description\": \"${region}\"", "96: functions.f.description: '${region}' is missing: the "
                                       "settings do not say 'region', nor does AWS_REGION"},
    {"\"description\": \"${git:branch}\"",
     "96: functions.f.description: '${git:branch}' is not known; there is: ${git:sha}"},
    {"\"description\": \"${file:no.txt}\"", "96: functions.f.description: '${file:no.txt}' cannot "
                                            "read './no.txt': No such file or directory"},
    {"\"description\": \"${file:}\"", "96: functions.f.description: '${file:}' names no file"},
    {"\"description\": \"${foo}\"",
     "96: functions.f.description: '${foo}' is no variable; there are: env:..., stage, project, "
     "region, account, git:..., file:..., ssm:..., secret:..., cf:..."},
    {"\"description\": \"${}\"",
     "96: functions.f.description: '${}' is no variable; there are: "
     "env:..., stage, project, region, account, git:..., file:..., ssm:..., secret:..., cf:..."},
};

/* Whole functions: runtimes and handlers. */
static const char *const functions[][2] = {
    {"\"runtime\": \"pyton3.13\", \"handler\": \"a.b\"",
     "49: functions.f.runtime: 'pyton3.13' is no runtime; did you mean 'python3.13'?"},
    {"\"runtime\": \"python3.133\", \"handler\": \"a.b\"",
     "49: functions.f.runtime: 'python3.133' is no runtime; did you mean 'python3.13'?"},
    {"\"runtime\": \"python\", \"handler\": \"a.b\"",
     "49: functions.f.runtime: 'python' is no runtime: must be one as 'python3.13', 'nodejs22.x' "
     "or 'provided.al2023'"},
    {"\"runtime\": \"cobol\", \"handler\": \"a.b\"",
     "49: functions.f.runtime: 'cobol' is no runtime: must be one as 'python3.13', 'nodejs22.x' or "
     "'provided.al2023'"},
    {"\"runtime\": \"nodejs22\", \"handler\": \"a.b\"",
     "49: functions.f.runtime: 'nodejs22' is no runtime; did you mean 'nodejs22.x'?"},
    {"\"handler\": \"a.b\"",
     "32: functions.f.runtime: this key is missing: the Lambda runtime that runs it"},
    {"\"runtime\": \"python3.13\"",
     "32: functions.f.handler: this key is missing: what 'python3.13' runs, as in \"app.handler\"; "
     "or for a WSGI application 'app', as in \"app.app\""},
    {"\"runtime\": \"nodejs22.x\"", "32: functions.f.handler: this key is missing: what "
                                    "'nodejs22.x' runs, as in \"index.handler\""},
    {"\"runtime\": \"provided.al2023\"", "32: functions.f.handler: this key is missing: what "
                                         "'provided.al2023' runs, as in \"bootstrap\""},
    {"\"runtime\": \"java21\"", "32: functions.f.handler: this key is missing: what 'java21' runs, "
                                "as in \"example.Handler::handle\""},
    {"\"runtime\": \"nodejs22.x\", \"app\": \"a.b\"",
     "63: functions.f.app: is for python runtimes only, not for 'nodejs22.x'"},
    {"\"runtime\": \"python3.13\", \"app\": \"a:b\"",
     "70: functions.f.app: 'a:b' must be module.object, as in 'app.app' for the object app of "
     "app.py"},
    {"\"runtime\": \"python3.13\", \"app\": \"app\"",
     "70: functions.f.app: 'app' must be module.object, as in 'app.app' for the object app of "
     "app.py"},
    {"\"runtime\": \"python3.13\", \"handler\": \"app\"",
     "74: functions.f.handler: 'app' must be FILE.FUNCTION, as in 'app.handler'"},
    {"\"runtime\": \"python3.13\", \"handler\": \"app.\"",
     "74: functions.f.handler: 'app.' must be FILE.FUNCTION, as in 'app.handler'"},
    {"\"runtime\": \"nodejs22.x\", \"handler\": \"a.b/c\"",
     "74: functions.f.handler: 'a.b/c' must be FILE.FUNCTION, as in 'index.handler'"},
    {"\"runtime\": \"provided.al2023\", \"handler\": \"/bin/x\"",
     "79: functions.f.handler: '/bin/x' must be within the folder of the source"},
    {"\"runtime\": \"provided.al2023\", \"handler\": \"../x\"",
     "79: functions.f.handler: '../x' must be within the folder of the source"},
    {"\"runtime\": \"python3.13\", \"handler\": \"a b.c\"",
     "74: functions.f.handler: 'a b.c' must have no white space"},
    {"\"runtime\": \"python3.13\", \"handler\": \"\"",
     "74: functions.f.handler: must not be empty"},
};

/* Whole files. */
static const char *const files[][2] = {
    {"{}", "1: project: this key is missing: name of the project; what is made is called "
           "PROJECT-STAGE-FUNCTION"},
    {"[]", "1: must be an object: { \"project\": ... }"},
    {"{\"project\": \"p\"}", "1: functions: this key is missing: the functions by name"},
    {"{\"project\": \"P\", \"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\"}}}",
     "13: project: 'P' must be lower-case letters, digits and '-', starting with a letter and not "
     "ending with '-'"},
    {"{\"project\": \"1p\", \"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\"}}}",
     "13: project: '1p' must be lower-case letters, digits and '-', starting with a letter and not "
     "ending with '-'"},
    {"{\"project\": \"p-\", \"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\"}}}",
     "13: project: 'p-' must be lower-case letters, digits and '-', starting with a letter and not "
     "ending with '-'"},
    {"{\"project\": 1, \"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\"}}}",
     "13: project: must be a string, not the number 1"},
    {"{\"project\": \"p\", \"functions\": {}}", "31: functions: must name at least one function"},
    {"{\"project\": \"p\", \"functions\": []}", "31: functions: must be an object, not a list"},
    {"{\"project\": \"p\", \"functions\": {\"F_1\": {\"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\"}}}",
     "32: functions.F_1: 'F_1' must be lower-case letters, digits and '-', starting with a letter "
     "and not ending with '-'"},
    {"{\"project\": \"a-rather-long-name-for-a-project\", \"functions\": "
     "{\"and-a-function-that-is-too-long\": {\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}}",
     "63: functions.and-a-function-that-is-too-long: its name PROJECT-STAGE-FUNCTION is "
     "'a-rather-long-name-for-a-project-dev-and-a-function-that-is-too-long', 68 bytes, but AWS "
     "allows 64"},
    {"{\"project\": \"a-name-for-a-project-that-leaves-no-room-for-much-more\", \"functions\": "
     "{\"f\": {\"schedules\": [\"rate(1 day)\"], \"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\"}}}",
     "85: functions.f: PROJECT-STAGE is 'a-name-for-a-project-that-leaves-no-room-for-much-more-"
     "dev', 58 bytes, but for a function with schedules AWS allows 54"},
    {"{\"project\": \"p\", \"region\": \"frankfurt\", \"functions\": {\"f\": {\"runtime\": "
     "\"python3.13\", \"handler\": \"a.b\"}}}",
     "28: region: 'frankfurt' is no region: must be one as 'eu-central-1'"},
    {"{\"project\": \"p\", \"provider\": \"asw\", \"functions\": {\"f\": {\"runtime\": "
     "\"python3.13\", \"handler\": \"a.b\"}}}",
     "30: provider: must be 'local' or 'aws', not 'asw'; did you mean 'aws'?"},
    {"{\"project\": \"p\", \"aws\": 1, \"functions\": {\"f\": {\"runtime\": \"python3.13\", "
     "\"handler\": \"a.b\"}}}",
     "25: aws: must be an object, not the number 1"},
    {"{\"project\": \"p\", \"domain\": \"x\", \"functions\": {\"f\": {\"runtime\": \"python3.13\", "
     "\"handler\": \"a.b\"}}}",
     "28: domain: 'x' must be a domain name in small letters, as in 'api.example.com'"},
    {"{\"project\": \"p\", \"fuctions\": {}, \"functions\": {\"f\": {\"runtime\": \"python3.13\", "
     "\"handler\": \"a.b\"}}}",
     "18: fuctions: unknown key; did you mean 'functions'?"},
    {"{\"project\": \"p\", \"tags\": {\"aws:x\": \"\"}, \"functions\": {\"f\": {\"runtime\": "
     "\"python3.13\", \"handler\": \"a.b\"}}}",
     "27: tags.aws:x: tags that start with 'aws:' and 'fnctl:' are not free to use"},
    {"{\"project\": \"p\", \"stages\": [], \"functions\": {\"f\": {\"runtime\": \"python3.13\", "
     "\"handler\": \"a.b\"}}}",
     "28: stages: must be an object of stages by name"},
    {"{\"project\": \"p\", \"stages\": {\"Prod\": {}}, \"functions\": {\"f\": {\"runtime\": "
     "\"python3.13\", \"handler\": \"a.b\"}}}",
     "29: stages.Prod: 'Prod' must be lower-case letters, digits and '-', starting with a letter "
     "and not ending with '-'"},
    {"{\"project\": \"p\", \"stages\": {\"prod\": 1}, \"functions\": {\"f\": {\"runtime\": "
     "\"python3.13\", \"handler\": \"a.b\"}}}",
     "37: stages.prod: must be an object that goes over the settings above"},
    {"{\"project\": \"p\", \"stages\": {\"prod\": {\"stages\": {}}}, \"functions\": {\"f\": "
     "{\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}}",
     "48: stages: a stage has no stages of its own"},
    {"{\"project\": \"p\", \"default_stage\": \"x\", \"stages\": {\"dev\": {}, \"prod\": {}}, "
     "\"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}}",
     "35: default_stage: there is no stage 'x'; there is: dev, prod"},
    {"{\"project\": \"p\", \"stages\": {\"dev\": {\"functions\": {\"f\": {\"memory\": 1}}}}, "
     "\"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}}",
     "67: functions.f.memory: must be a whole number from 128 to 10240, not 1"},
    {"{\"project\": \"p\", \"stages\": {\"dev\": {\"functions\": {\"f\": null}}}, \"functions\": "
     "{\"f\": {\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}}",
     "50: functions: must name at least one function"},
    {"{\"project\": \"${project}\", \"functions\": {\"f\": {\"runtime\": \"python3.13\", "
     "\"handler\": \"a.b\"}}}",
     "13: project: '${project}' goes round in a circle: it stands for itself"},
    {"{\"project\": \"p${region}\", \"region\": \"${project}\", \"functions\": {\"f\": "
     "{\"runtime\": \"python3.13\", \"handler\": \"a.b\"}}}",
     "13: project: '${region}' goes round in a circle: it stands for itself"},
    {"{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\", \"routes\": [\"GET /x\"]}, \"g\": {\"runtime\": \"python3.13\", \"handler\": "
     "\"a.b\", \"routes\": [\"GET /y\", \"GET /x\"]}}}",
     "174: functions.g.routes[1]: the route 'GET /x' of 'g' belongs to 'f' already"},
};

static void refuses_members_of_functions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(in_function) / sizeof(in_function[0]); i++) {
        char *text = xasprintf("{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": "
                               "\"python3.13\", \"handler\": \"a.b\", %s}}}",
                               in_function[i][0]);

        refuses_in_line_1(text, in_function[i][1]);
        free(text);
    }
}

static void refuses_runtimes_and_handlers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        char *text =
            xasprintf("{\"project\": \"p\", \"functions\": {\"f\": {%s}}}", functions[i][0]);

        refuses_in_line_1(text, functions[i][1]);
        free(text);
    }
}

static void refuses_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        refuses_in_line_1(files[i][0], files[i][1]);
}

static void refuses_what_is_no_json(void **state)
{
    struct buf deep;

    (void)state;
    refuses("", "cannot read 'fnctl.json': line 1, column 1: the text is empty");
    refuses("{\n  \"project\": \"p\",\n}",
            "cannot read 'fnctl.json': line 3, column 1: there is a comma before '}', take it out");
    refuses("{\"project\": \"\xff\"}",
            "cannot read 'fnctl.json': line 1, column 14: the byte 0xff is not UTF-8");
    buf_init(&deep, 0);
    for (int i = 0; i < 100000; i++)
        buf_puts(&deep, "[");
    refuses(buf_string(&deep),
            "cannot read 'fnctl.json': line 1, column 65: nested deeper than 64 levels");
    buf_release(&deep);
}

static void refuses_large_files(void **state)
{
    const struct settings_context context = {0};
    struct settings settings;
    struct err err = {0};
    const size_t len = 10 * 1024 * 1024;
    char *text = xcalloc(len, 1);

    (void)state;
    memset(text, ' ', len);
    write_settings(text, len);
    free(text);
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, "cannot read 'fnctl.json': it has 10485760 bytes, at most "
                                     "1048576 are allowed");
}

static void refuses_missing_files(void **state)
{
    struct settings_context context = {0};
    struct settings settings;
    struct err err = {0};

    (void)state;
    unlink(SETTINGS_FILE);
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, "there is no 'fnctl.json' here or in a folder above: write "
                                     "one with 'fnctl init'");
    context.file = "other.json";
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, "cannot read 'other.json': No such file or directory: write "
                                     "one with 'fnctl init'");
    context.file = ".";
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, "cannot read '.': it is a folder");
}

static void refuses_a_large_environment(void **state)
{
    char value[4096], *text;

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    text = xasprintf("{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": "
                     "\"python3.13\", \"handler\": \"a.b\", \"environment\": {\"AA\": \"%s\"}}}}",
                     value);
    refuses(text, "'fnctl.json': line 1, column 81: functions.f.environment: names and values have "
                  "4097 bytes, but AWS allows 4096");
    free(text);
}

/* AWS takes 50; the rest is for fnctl's own (providers/aws/session.h, function/marks.h, tags.h). */
static void refuses_too_many_tags(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, 0);
    buf_printf(&text, "{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": "
                      "\"python3.13\", \"handler\": \"a.b\", \"tags\": {");
    for (int i = 0; i < 45; i++)
        buf_printf(&text, "%s\"t%d\": \"\"", i ? ", " : "", i);
    buf_printf(&text, "}}}}");
    refuses(buf_string(&text),
            "'fnctl.json': line 1, column 81: functions.f.tags: has 45 tags, but "
            "at most 36 are possible");
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_members_of_functions),
        cmocka_unit_test(refuses_runtimes_and_handlers),
        cmocka_unit_test(refuses_files),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(refuses_large_files),
        cmocka_unit_test(refuses_missing_files),
        cmocka_unit_test(refuses_a_large_environment),
        cmocka_unit_test(refuses_too_many_tags),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
