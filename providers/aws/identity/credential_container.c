/*
 * The role of a container (ECS, and what imitates it) and of an EKS pod: an
 * address and a token in the environment.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_call.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const struct credential_kind credential_container;

enum { TIMEOUT = 2000, MAX_TOKEN = 64 << 10 };

#define ECS "http://169.254.170.2"
#define RELATIVE "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL "AWS_CONTAINER_CREDENTIALS_FULL_URI"

struct container {
    struct credential_source source;
    char *url;
};

/* Hosts that may be asked without TLS: this machine, ECS's and EKS's addresses. */
static bool is_trusted_host(const char *host, size_t len)
{
    static const char *const hosts[] = {"localhost", "169.254.170.2", "169.254.170.23", "[::1]",
                                        "[fd00:ec2::23]"};
    char name[64];
    struct in_addr address;

    if (len >= sizeof(name))
        return false;
    memcpy(name, host, len);
    name[len] = '\0';
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
        if (strcasecmp(name, hosts[i]) == 0)
            return true;
    return inet_pton(AF_INET, name, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static int check_url(const char *url, struct err *err)
{
    const char *host = strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
    size_t len = host ? host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#") : 0;

    if (strpbrk(url, "@\\ \t\r\n"))
        return err_set(err, ERR_CREDENTIALS, FULL " holds what no such address may hold");
    if (strncasecmp(url, "https://", 8) == 0 ||
        (host && len <= strlen(host) && strchr(":/?#", host[len]) && is_trusted_host(host, len)))
        return 0;
    return err_set(err, ERR_CREDENTIALS,
                   FULL " is '%.200s': without https only this machine (localhost, 127.0.0.1, "
                        "[::1]) and the addresses 169.254.170.2, 169.254.170.23 and "
                        "[fd00:ec2::23] may be asked for credentials",
                   url);
}

/* Reads AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, each time anew as EKS changes it. */
static int read_token_file(const char *path, struct buf *token, struct err *err)
{
    if (file_read(path, MAX_TOKEN, token, err) == 0)
        return 0;
    err->code = ERR_CREDENTIALS;
    return err_context(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
}

static int add_authorization(struct strlist *headers, struct err *err)
{
    const char *file = credential_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *given = credential_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    struct buf token;
    int result = 0;

    buf_init(&token, 0);
    if (file)
        result = read_token_file(file, &token, err);
    else if (given)
        buf_puts(&token, given);
    while (token.len && strchr("\r\n", token.data[token.len - 1]))
        token.data[--token.len] = '\0';
    if (result == 0 && token.len && strpbrk(token.data, "\r\n"))
        result = err_set(err, ERR_CREDENTIALS,
                         "the container's authorization token has more than one line");
    else if (result == 0 && token.len)
        strlist_addf(headers, "Authorization: %s", token.data);
    if (token.data)
        memory_wipe(token.data, token.len);
    buf_release(&token);
    return result;
}

static int fetch(struct credential_source *source, struct credential_answer *answer,
                 struct err *err)
{
    static const struct credential_members members = {"AccessKeyId", "SecretAccessKey", "Token",
                                                      "Expiration"};
    struct credential_call call = {.label = "container credentials", .timeout = TIMEOUT};
    json_t *reply = NULL;
    int result = -1;

    call.url = xstrdup(((struct container *)source)->url);
    strlist_add(&call.headers, "Accept: application/json");
    if (add_authorization(&call.headers, err) < 0 ||
        credential_call_perform(&call, source->world, err) < 0)
        goto out;
    reply = credential_call_json(&call);
    if (call.status != 200 || !reply)
        credential_call_fail(&call, "get the container's credentials", err);
    else
        result = credential_answer_read(answer, reply, &members, "the container's service", err);
out:
    credential_json_free(reply);
    credential_call_release(&call);
    return result;
}

static void release(struct credential_source *source)
{
    free(((struct container *)source)->url);
}

static int open_container(const struct credential_search *search, struct credential_source **source,
                          struct err *err)
{
    const char *relative = credential_variable(RELATIVE);
    const char *full = credential_variable(FULL);
    struct container *container;

    if (!relative && !full)
        return 0;
    /* Without the slash it could name another host. */
    if (relative && *relative != '/')
        return err_set(err, ERR_CREDENTIALS, RELATIVE " must start with '/'");
    if (!relative && check_url(full, err) < 0)
        return -1;
    container = credential_source_new(
        sizeof(*container), search->world,
        xasprintf("the container's role (%s)", relative ? RELATIVE : FULL), fetch, release);
    container->url = relative ? xasprintf(ECS "%s", relative) : xstrdup(full);
    /* Whoever knows this path gets the credentials. */
    if (relative && search->world->out)
        out_add_secret(search->world->out, relative);
    *source = &container->source;
    return 0;
}

const struct credential_kind credential_container = {
    .looked_at = "a container's role (" RELATIVE ", " FULL ")",
    .canonical = "EcsContainer",
    .open = open_container,
};
