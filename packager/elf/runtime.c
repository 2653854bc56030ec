#include "packager/elf/runtime.h"

#include <elf.h>
#include <string.h>

/*
 * Amazon Linux 2: glibc 2.26 and GCC 7.3 (AWS, "Amazon Linux 2023 User Guide",
 * comparing AL2 and AL2023: core toolchain packages), libstdc++ and libgcc 7.3.1
 * (releases of the image amazonlinux:2, 2018 to 2026), zlib 1.2.7.
 *
 * Which GCC has which symbol versions: GCC, "The GNU C++ Library Manual", ABI
 * Policy and Guidelines. GCC 7.2: GLIBCXX_3.4.24, CXXABI_1.3.11; libgcc 7:
 * GCC_7.0.0. GCC 14.1: GLIBCXX_3.4.33, CXXABI_1.3.15; libgcc 14: GCC_14.0.0.
 */
static const struct runtime_version versions_2[] = {{"GLIBC", "2.26"},    {"GLIBCXX", "3.4.24"},
                                                    {"CXXABI", "1.3.11"}, {"GCC", "7.0.0"},
                                                    {"ZLIB", "1.2.5.2"},  {NULL, NULL}};

/*
 * Amazon Linux 2023: glibc 2.34 for as long as it lives (the same guide); its
 * compiler is GCC 11, but libstdc++ and libgcc are of GCC 14.2.1 since release
 * 2023.7 of April 2025, in the minimal container too, which Lambda's images are
 * made of (release notes 2023.9.20250929, "Minimal Container"); zlib 1.2.11.
 */
static const struct runtime_version versions_2023[] = {{"GLIBC", "2.34"},    {"GLIBCXX", "3.4.33"},
                                                       {"CXXABI", "1.3.15"}, {"GCC", "14.0.0"},
                                                       {"ZLIB", "1.2.9"},    {NULL, NULL}};

static const struct runtime_system amazon_linux_2 = {"Amazon Linux 2", "amazonlinux:2",
                                                     "manylinux_2_26", versions_2};
static const struct runtime_system amazon_linux_2023 = {"Amazon Linux 2023", "amazonlinux:2023",
                                                        "manylinux_2_34", versions_2023};

/* The runtimes on Amazon Linux 2; the newer ones are on Amazon Linux 2023 (AWS, "Lambda runtimes").
 */
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

/* Of bash, coreutils, grep, gawk, sed and curl, which the minimal container is made of; there is no
 * Python, Perl, Node.js, PHP or Ruby. */
static const char *const programs[] = {
    "awk",     "base64", "basename", "bash", "cat",  "cut",  "curl", "date",
    "dirname", "echo",   "env",      "expr", "gawk", "grep", "head", "ls",
    "sed",     "sh",     "sort",     "tail", "tr",   "true", "uniq", "wc",
};

/*
 * Libraries beyond the contract, and whose images have them: those of Amazon
 * Linux 2 by the packages of amazonlinux:2, those of 2023 by the packages that
 * Lambda's image python3.12 lists, which is made of the minimal container.
 */
enum { IN_2 = 1, IN_2023 = 2 };

static const struct {
    const char *soname;
    int in;
} system_libraries[] = {
    {"libacl.so.1", IN_2 | IN_2023},
    {"libarchive.so.13", IN_2023},
    {"libattr.so.1", IN_2 | IN_2023},
    {"libblkid.so.1", IN_2 | IN_2023},
    {"libbz2.so.1", IN_2 | IN_2023},
    {"libcap.so.2", IN_2 | IN_2023},
    {"libcom_err.so.2", IN_2 | IN_2023},
    {"libcrypt.so.1", IN_2},
    {"libcrypt.so.2", IN_2023},
    {"libcrypto.so.10", IN_2},
    {"libcrypto.so.3", IN_2023},
    {"libcurl.so.4", IN_2 | IN_2023},
    {"libdb-5.3.so", IN_2},
    {"libelf.so.1", IN_2},
    {"libexpat.so.1", IN_2 | IN_2023},
    {"libffi.so.8", IN_2023},
    {"libgcrypt.so.20", IN_2023},
    {"libglib-2.0.so.0", IN_2 | IN_2023},
    {"libgmp.so.10", IN_2 | IN_2023},
    {"libgpg-error.so.0", IN_2 | IN_2023},
    {"libgssapi_krb5.so.2", IN_2 | IN_2023},
    {"libidn2.so.0", IN_2 | IN_2023},
    {"libjson-c.so.5", IN_2023},
    {"libk5crypto.so.3", IN_2 | IN_2023},
    {"libkeyutils.so.1", IN_2 | IN_2023},
    {"libkrb5.so.3", IN_2 | IN_2023},
    {"libkrb5support.so.0", IN_2 | IN_2023},
    {"liblz4.so.1", IN_2023},
    {"liblzma.so.5", IN_2 | IN_2023},
    {"libmount.so.1", IN_2 | IN_2023},
    {"libncurses.so.6", IN_2 | IN_2023},
    {"libnghttp2.so.14", IN_2 | IN_2023},
    {"libpcre2-8.so.0", IN_2023},
    {"libpopt.so.0", IN_2 | IN_2023},
    {"libpsl.so.5", IN_2023},
    {"libreadline.so.8", IN_2023},
    {"libselinux.so.1", IN_2 | IN_2023},
    {"libsqlite3.so.0", IN_2 | IN_2023},
    {"libssh2.so.1", IN_2},
    {"libssl.so.10", IN_2},
    {"libssl.so.3", IN_2023},
    {"libtasn1.so.6", IN_2 | IN_2023},
    {"libtinfo.so.6", IN_2 | IN_2023},
    {"libunistring.so.2", IN_2023},
    {"libuuid.so.1", IN_2 | IN_2023},
    {"libxml2.so.2", IN_2 | IN_2023},
    {"libzstd.so.1", IN_2023},
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
    runtime.system =
        has(old_runtimes, COUNT(old_runtimes), name) ? &amazon_linux_2 : &amazon_linux_2023;
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

bool runtime_has_program(const char *name)
{
    return has(programs, COUNT(programs), name);
}

/* "libpython3.so", or for python3.13 "libpython3.13.so.1.0". */
static bool is_own_python(const struct runtime *runtime, const char *soname)
{
    const char *number = runtime->name + strlen("python");

    if (runtime->kind != RUNTIME_PYTHON || strncmp(soname, "libpython", 9) != 0)
        return false;
    return strcmp(soname, "libpython3.so") == 0 ||
           (strncmp(soname + 9, number, strlen(number)) == 0 &&
            strncmp(soname + 9 + strlen(number), ".so", 3) == 0);
}

bool runtime_has(const struct runtime *runtime, const char *soname)
{
    return is_own_python(runtime, soname) || has(contract, COUNT(contract), soname);
}

bool runtime_shadows(const struct runtime *runtime, const char *soname)
{
    int in = runtime->system == &amazon_linux_2023 ? IN_2023 : IN_2;

    for (size_t i = 0; i < COUNT(system_libraries); i++)
        if (strcmp(system_libraries[i].soname, soname) == 0)
            return system_libraries[i].in & in;
    return false;
}

const char *runtime_version(const struct runtime *runtime, const char *family)
{
    for (const struct runtime_version *version = runtime->system->versions; version->family;
         version++)
        if (strcmp(version->family, family) == 0)
            return version->number;
    return NULL;
}

bool runtime_satisfies(const struct runtime *runtime, const struct elf_version *version)
{
    const char *number = runtime_version(runtime, version->family);

    /* Markers without a number, which ld.so refuses to load without: GLIBC_ABI_DT_RELR came first,
     * with glibc 2.36. */
    if (strncmp(version->family, "GLIBC_ABI_", 10) == 0)
        return elf_compare_versions(runtime_version(runtime, "GLIBC"), "2.36") >= 0;
    return !number || elf_compare_versions(version->number, number) <= 0;
}
