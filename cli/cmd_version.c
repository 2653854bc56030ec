#include "cli/commands.h"

#include <archive.h>
#include <curl/curl.h>
#include <jansson.h>
#include <libdeflate.h>
#include <openssl/crypto.h>
#include <zip.h>

static int run(struct app *app, const void *options, struct err *err)
{
    (void)options;
    (void)err;
    if (app->out.json) {
        json_t *document =
            json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "version", FNCTL_VERSION,
                      "libraries", "curl", curl_version_info(CURLVERSION_NOW)->version, "openssl",
                      OpenSSL_version(OPENSSL_VERSION_STRING), "libzip", zip_libzip_version(),
                      "jansson", jansson_version_str(), "libarchive", archive_version_details(),
                      "libdeflate", LIBDEFLATE_VERSION_STRING);

        out_json(&app->out, document, false);
        json_decref(document);
        return 0;
    }
    out_print(&app->out, "fnctl %s\n", FNCTL_VERSION);
    return 0;
}

static const char *const examples[] = {"fnctl version --json", "with the versions of the libraries",
                                       NULL};

const struct command cmd_version = {
    .name = "version",
    .summary = "print the version",
    .description = "Prints the version; with --json those of the libraries too.",
    .examples = examples,
    .needs = NEEDS_NOTHING,
    .run = run,
};
