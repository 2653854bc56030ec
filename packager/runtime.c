#include "packager/runtime.h"

#include <elf.h>
#include <string.h>

/* Amazon Linux 2: glibc 2.26, GCC 7.3, zlib 1.2.7. */
static const struct runtime_version amazon_linux_2[] = {{"GLIBC", "2.26"},    {"GLIBCXX", "3.4.24"},
                                                        {"CXXABI", "1.3.11"}, {"GCC", "7.0.0"},
                                                        {"ZLIB", "1.2.5.2"},  {NULL, NULL}};

/* Amazon Linux 2023: glibc 2.34, the libraries of GCC 14.2, zlib 1.2.11. */
static const struct runtime_version amazon_linux_2023[] = {
    {"GLIBC", "2.34"}, {"GLIBCXX", "3.4.33"}, {"CXXABI", "1.3.15"},
    {"GCC", "14.0.0"}, {"ZLIB", "1.2.9"},     {NULL, NULL}};

/* The runtimes on Amazon Linux 2; the newer ones are on Amazon Linux 2023. */
static const char *const old_runtimes[] = {
    "provided.al2", "python3.8",  "python3.9",  "python3.10", "python3.11",
    "nodejs14.x",   "nodejs16.x", "nodejs18.x", "java8.al2",  "java11",
    "java17",       "ruby3.2",    "dotnet6",
};

static const struct {
    const char *prefix;
    enum runtime_kind kind;
} kinds[] = {{"provided", RUNTIME_NATIVE}, {"python", RUNTIME_PYTHON}, {"nodejs", RUNTIME_NODE}};

static const struct {
    const char *name;
    uint16_t machine;
} architectures[] = {{"x86_64", EM_X86_64}, {"arm64", EM_AARCH64}};

static const char *const contract[] = {
    "libc.so.6",
    "libm.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libresolv.so.2",
    "libutil.so.1",
    "libanl.so.1",
    "libmvec.so.1",
    "libBrokenLocale.so.1",
    "libthread_db.so.1",
    "libnss_files.so.2",
    "libnss_dns.so.2",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libz.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
};

static const char *const interpreters[] = {"/lib64/ld-linux-x86-64.so.2",
                                           "/lib/ld-linux-aarch64.so.1"};

/* In the images of Amazon Linux 2023 as of 2026, which Python and Node are built on too. */
static const char *const system_libraries[] = {
    "libssl.so.3",      "libcrypto.so.3",   "libcurl.so.4",        "libnghttp2.so.14",
    "libidn2.so.0",     "libpsl.so.5",      "libunistring.so.2",   "libbz2.so.1",
    "liblzma.so.5",     "libzstd.so.1",     "liblz4.so.1",         "libarchive.so.13",
    "libxml2.so.2",     "libexpat.so.1",    "libsqlite3.so.0",     "libjson-c.so.5",
    "libglib-2.0.so.0", "libffi.so.8",      "libpcre2-8.so.0",     "libgssapi_krb5.so.2",
    "libkrb5.so.3",     "libk5crypto.so.3", "libkrb5support.so.0", "libcom_err.so.2",
    "libkeyutils.so.1", "libacl.so.1",      "libattr.so.1",        "libcap.so.2",
    "libselinux.so.1",  "libuuid.so.1",     "libblkid.so.1",       "libmount.so.1",
    "libcrypt.so.2",    "libgcrypt.so.20",  "libgpg-error.so.0",   "libreadline.so.8",
    "libncurses.so.6",  "libtinfo.so.6",    "libpopt.so.0",        "libgomp.so.1",
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool has(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

struct runtime runtime_find(const char *name)
{
    struct runtime runtime = {.name = name, .kind = RUNTIME_OTHER};

    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            runtime.kind = kinds[i].kind;
    runtime.versions =
        has(old_runtimes, COUNT(old_runtimes), name) ? amazon_linux_2 : amazon_linux_2023;
    return runtime;
}

uint16_t runtime_machine(const char *architecture)
{
    for (size_t i = 0; i < COUNT(architectures); i++)
        if (strcmp(architectures[i].name, architecture) == 0)
            return architectures[i].machine;
    return EM_NONE;
}

bool runtime_has_interpreter(const char *path)
{
    return has(interpreters, COUNT(interpreters), path);
}

bool runtime_has(const struct runtime *runtime, const char *soname)
{
    if (runtime->kind == RUNTIME_PYTHON && strncmp(soname, "libpython3.", 11) == 0)
        return true;
    return has(contract, COUNT(contract), soname);
}

bool runtime_shadows(const struct runtime *runtime, const char *soname)
{
    return runtime->versions == amazon_linux_2023 &&
           has(system_libraries, COUNT(system_libraries), soname);
}

const char *runtime_version(const struct runtime *runtime, const char *family)
{
    for (const struct runtime_version *version = runtime->versions; version->family; version++)
        if (strcmp(version->family, family) == 0)
            return version->number;
    return NULL;
}

bool runtime_satisfies(const struct runtime *runtime, const struct elf_version *version)
{
    const char *number = runtime_version(runtime, version->family);

    /* A marker without a number: glibc has it since 2.36, and ld.so refuses to load without. */
    if (strcmp(version->family, "GLIBC_ABI_DT_RELR") == 0)
        return elf_compare_versions(runtime_version(runtime, "GLIBC"), "2.36") >= 0;
    return !number || elf_compare_versions(version->number, number) <= 0;
}
