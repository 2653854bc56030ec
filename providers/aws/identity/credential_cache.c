#include "providers/aws/identity/credential_cache.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FILE = 64 << 10,
    LEFT = 5 * 60 * 1000, /* ms that a key has to be good for */
};

static void set(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

/* botocore names the file so: the arguments as Python writes sorted JSON. */
char *credential_cache_path(const struct credential_role *role)
{
    const char *home = credential_variable("HOME");
    json_t *arguments = json_object();
    uint8_t digest[HASH_SHA1_LEN];
    char hex[2 * HASH_SHA1_LEN + 1], *text;

    set(arguments, "RoleArn", role->arn);
    set(arguments, "RoleSessionName", role->session_name);
    set(arguments, "ExternalId", role->external_id);
    set(arguments, "SerialNumber", role->mfa_serial);
    if (role->duration)
        json_object_set_new(arguments, "DurationSeconds", json_integer(atoi(role->duration)));
    text = json_dumps(arguments, JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    hash_sha1(text, strlen(text), digest);
    hash_hex(digest, sizeof(digest), hex);
    free(text);
    json_decref(arguments);
    return xasprintf("%s/.aws/cli/cache/%s.json", home ? home : "", hex);
}

bool credential_cache_read(const char *path, int64_t now, struct credential_answer *answer)
{
    static const struct credential_members members = {"AccessKeyId", "SecretAccessKey",
                                                      "SessionToken", "Expiration"};
    struct err ignored;
    struct buf text;
    json_t *root = NULL;
    bool good = false;

    buf_init(&text, 0);
    if (file_exists(path) && file_read(path, MAX_FILE, &text, &ignored) == 0)
        root = json_loadb(buf_string(&text), text.len, 0, NULL);
    if (root && credential_answer_read(answer, json_object_get(root, "Credentials"), &members,
                                       "the cache", &ignored) == 0)
        good = answer->expires != INT64_MAX && answer->expires - LEFT > now &&
               credential_check_key(&answer->key, path, &ignored) == 0;
    if (!good && root)
        credentials_key_release(&answer->key);
    credential_json_free(root);
    if (text.data)
        memory_wipe(text.data, text.len);
    buf_release(&text);
    return good;
}

void credential_cache_write(const char *path, const struct credential_answer *answer)
{
    char until[CLOCK_RFC3339_LEN], *folder = file_folder(path), *text;
    struct err ignored;
    json_t *root;

    clock_format_rfc3339(answer->expires, until);
    root = json_pack("{s:{s:s, s:s, s:s*, s:s}}", "Credentials", "AccessKeyId", answer->key.id,
                     "SecretAccessKey", answer->key.secret, "SessionToken", answer->key.token,
                     "Expiration", until);
    text = json_dumps(root, JSON_COMPACT);
    if (file_make_folder(folder, 0700, &ignored) == 0)
        file_write(path, text, strlen(text), 0600, &ignored);
    credential_wipe(text);
    credential_json_free(root);
    free(folder);
}
