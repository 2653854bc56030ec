#include "packager/elf/elf.h"

#include "core/memory.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* No real file has more; a broken one could claim billions. */
enum {
    HEADERS_MAX = 512,
    DYNAMIC_MAX = 65536,
    NEEDED_MAX = 4096,
    VERSIONS_MAX = 1024,
    NAME_LEN_MAX = 4096, /* the longest path that the kernel takes */
    LIST_LEN_MAX = 65536 /* of an RPATH */
};

bool elf_is(const void *data, size_t len)
{
    return len >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0;
}

/* The bytes of a file, with its notion of a word. */
struct image {
    const uint8_t *data;
    size_t len;
    bool wide, big_endian;
    uint64_t header_offset, header_size, header_count; /* program headers */
};

/* A part of the file. */
struct range {
    uint64_t offset, size;
};

/* What the dynamic section points to; addresses, 0: none. */
struct dynamic {
    struct range table;
    uint64_t strings, strings_size;
    uint64_t needs, needs_count;
};

static bool inside(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->len && size <= image->len - offset;
}

/* The number of `size` bytes at `offset`; 0 outside of the file. */
static uint64_t number(const struct image *image, uint64_t offset, size_t size)
{
    uint64_t value = 0;

    if (!inside(image, offset, size))
        return 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | image->data[offset + (image->big_endian ? i : size - 1 - i)];
    return value;
}

/* The address-sized number, at another offset in 64-bit files than in 32-bit ones. */
static uint64_t word(const struct image *image, uint64_t base, size_t offset32, size_t offset64)
{
    return image->wide ? number(image, base + offset64, 8) : number(image, base + offset32, 4);
}

/* A copy of the string at `offset` in the string table; NULL when it does not end in there, or is
 * longer than `max`. */
static char *string_at(const struct image *image, const struct range *strings, uint64_t offset,
                       size_t max)
{
    const char *start;
    size_t len;

    if (offset >= strings->size)
        return NULL;
    start = (const char *)image->data + strings->offset + offset;
    len = strings->size - offset < max ? (size_t)(strings->size - offset) : max;
    return memchr(start, '\0', len) ? xstrdup(start) : NULL;
}

static uint64_t program_header(const struct image *image, uint64_t index)
{
    return image->header_offset + index * image->header_size;
}

/* Where in the file the segment of a program header lies; false when it is not in there. */
static bool segment(const struct image *image, uint64_t header, struct range *range)
{
    range->offset =
        word(image, header, offsetof(Elf32_Phdr, p_offset), offsetof(Elf64_Phdr, p_offset));
    range->size =
        word(image, header, offsetof(Elf32_Phdr, p_filesz), offsetof(Elf64_Phdr, p_filesz));
    return inside(image, range->offset, range->size);
}

/* Turns an address of the running program into what is left of its segment in the file. */
static bool locate(const struct image *image, uint64_t address, struct range *range)
{
    for (uint64_t i = 0; i < image->header_count; i++) {
        uint64_t header = program_header(image, i);
        uint64_t start =
            word(image, header, offsetof(Elf32_Phdr, p_vaddr), offsetof(Elf64_Phdr, p_vaddr));

        if (number(image, header, 4) != PT_LOAD || !segment(image, header, range))
            continue;
        if (address < start || address - start >= range->size)
            continue;
        range->offset += address - start;
        range->size -= address - start;
        return true;
    }
    return false;
}

static int parse_header(struct image *image, struct elf *elf, struct err *err)
{
    size_t size = 0;

    if (!elf_is(image->data, image->len))
        return err_set(err, ERR_PACKAGE, "no ELF file");
    if (image->len > EI_DATA) {
        image->wide = image->data[EI_CLASS] == ELFCLASS64;
        image->big_endian = image->data[EI_DATA] == ELFDATA2MSB;
        size = image->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    }
    if (!size || image->len < size)
        return err_set(err, ERR_PACKAGE, "the ELF header is cut off");
    if ((!image->wide && image->data[EI_CLASS] != ELFCLASS32) ||
        (!image->big_endian && image->data[EI_DATA] != ELFDATA2LSB))
        return err_set(err, ERR_PACKAGE, "the ELF header is broken");
    elf->wide = image->wide;
    elf->big_endian = image->big_endian;
    elf->type = (uint16_t)number(image, offsetof(Elf64_Ehdr, e_type), 2);
    elf->executable = elf->type == ET_EXEC;
    elf->machine = (uint16_t)number(image, offsetof(Elf64_Ehdr, e_machine), 2);
    image->header_offset =
        word(image, 0, offsetof(Elf32_Ehdr, e_phoff), offsetof(Elf64_Ehdr, e_phoff));
    size = image->wide ? offsetof(Elf64_Ehdr, e_phentsize) : offsetof(Elf32_Ehdr, e_phentsize);
    image->header_size = number(image, size, 2);
    image->header_count = number(image, size + 2, 2);
    size = image->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (image->header_count &&
        (image->header_count > HEADERS_MAX || image->header_size < size ||
         !inside(image, image->header_offset, image->header_count * image->header_size)))
        return err_set(err, ERR_PACKAGE, "the table of program headers is broken");
    return 0;
}

/* Takes what single program headers say. */
static int parse_segments(const struct image *image, struct elf *elf, struct dynamic *dynamic,
                          struct err *err)
{
    for (uint64_t i = 0; i < image->header_count; i++) {
        uint64_t header = program_header(image, i);
        uint64_t type = number(image, header, 4);
        struct range range;
        bool whole = segment(image, header, &range);

        /* Files with debug symbols alone have empty segments, anywhere. */
        if ((type != PT_DYNAMIC && type != PT_INTERP) || !range.size)
            continue;
        if (!whole)
            return err_set(err, ERR_PACKAGE, "a segment lies outside of the file");
        if (type == PT_DYNAMIC)
            dynamic->table = range;
        else if (!elf->interpreter)
            elf->interpreter = string_at(image, &range, 0, NAME_LEN_MAX);
    }
    return 0;
}

/* The next entry of the dynamic section; false at its end. */
static bool next_dynamic(const struct image *image, const struct dynamic *dynamic, uint64_t *index,
                         uint64_t *tag, uint64_t *value)
{
    size_t size = image->wide ? 8 : 4;
    uint64_t offset = *index * 2 * size;

    if (*index >= DYNAMIC_MAX || offset + 2 * size > dynamic->table.size)
        return false;
    *tag = number(image, dynamic->table.offset + offset, size);
    *value = number(image, dynamic->table.offset + offset + size, size);
    ++*index;
    return *tag != DT_NULL;
}

static void scan_dynamic(const struct image *image, struct elf *elf, struct dynamic *dynamic)
{
    uint64_t index = 0, tag, value;

    while (next_dynamic(image, dynamic, &index, &tag, &value)) {
        if (tag == DT_STRTAB)
            dynamic->strings = value;
        else if (tag == DT_STRSZ)
            dynamic->strings_size = value;
        else if (tag == DT_VERNEED)
            dynamic->needs = value;
        else if (tag == DT_VERNEEDNUM)
            dynamic->needs_count = value;
        else if (tag == DT_FLAGS_1) {
            elf->no_default_folders = value & DF_1_NODEFLIB;
            elf->executable = elf->executable || (value & DF_1_PIE);
        }
    }
}

static int take_string(const struct image *image, const struct range *strings, struct elf *elf,
                       uint64_t tag, uint64_t value, struct err *err)
{
    char **place = tag == DT_SONAME    ? &elf->soname
                   : tag == DT_RPATH   ? &elf->rpath
                   : tag == DT_RUNPATH ? &elf->runpath
                                       : NULL;
    char *text;

    if (!place && tag != DT_NEEDED)
        return 0;
    text = string_at(image, strings, value, place ? LIST_LEN_MAX : NAME_LEN_MAX);
    if (!text)
        return err_set(err, ERR_PACKAGE, "a name in the dynamic section is broken");
    if (!place && elf->needed.count == NEEDED_MAX) {
        free(text);
        return err_set(err, ERR_PACKAGE, "it needs more than %d libraries", NEEDED_MAX);
    }
    if (!place) {
        strlist_take(&elf->needed, text);
    } else {
        free(*place);
        *place = text;
    }
    return 0;
}

/* Splits "GLIBC_2.34" at the underscore in front of the number. */
static void split_version(char *name, char **family, char **digits)
{
    char *underscore = strrchr(name, '_');

    if (underscore && underscore[1] >= '0' && underscore[1] <= '9') {
        *family = xstrndup(name, (size_t)(underscore - name));
        *digits = xstrdup(underscore + 1);
    } else {
        *family = xstrdup(name);
        *digits = xstrdup("");
    }
}

/* Keeps the highest of a family from a library. */
static void note_version(struct elf *elf, const char *library, char *name)
{
    char *family, *digits;

    split_version(name, &family, &digits);
    for (size_t i = 0; i < elf->version_count; i++) {
        struct elf_version *version = &elf->versions[i];

        if (strcmp(version->family, family) != 0 || strcmp(version->library, library) != 0)
            continue;
        if (elf_compare_versions(digits, version->number) > 0) {
            free(version->number);
            version->number = xstrdup(digits);
        }
        free(family);
        free(digits);
        return;
    }
    elf->versions = xreallocarray(elf->versions, elf->version_count + 1, sizeof(*elf->versions));
    elf->versions[elf->version_count++] =
        (struct elf_version){.family = family, .number = digits, .library = xstrdup(library)};
}

/* The versions needed from one library: a list of records, each with the distance to the next. */
static int parse_library(const struct image *image, const struct range *strings, struct elf *elf,
                         uint64_t need, uint64_t *budget, struct err *err)
{
    char *library = string_at(
        image, strings, number(image, need + offsetof(Elf64_Verneed, vn_file), 4), NAME_LEN_MAX);
    uint64_t count = number(image, need + offsetof(Elf64_Verneed, vn_cnt), 2);
    uint64_t record = need + number(image, need + offsetof(Elf64_Verneed, vn_aux), 4);
    int result = library ? 0 : -1;

    for (; count && result == 0; count--) {
        uint64_t next = number(image, record + offsetof(Elf64_Vernaux, vna_next), 4);
        char *name =
            string_at(image, strings, number(image, record + offsetof(Elf64_Vernaux, vna_name), 4),
                      NAME_LEN_MAX);

        if (!name || !inside(image, record, sizeof(Elf64_Vernaux)) || !*budget)
            result = -1;
        else
            note_version(elf, library, name);
        *budget -= result == 0;
        free(name);
        record += next;
    }
    free(library);
    return result < 0 ? err_set(err, ERR_PACKAGE, "the table of symbol versions is broken") : 0;
}

static int parse_versions(const struct image *image, const struct range *strings, struct elf *elf,
                          const struct dynamic *dynamic, struct err *err)
{
    struct range needs;
    uint64_t budget = VERSIONS_MAX;
    uint64_t need;

    if (!dynamic->needs)
        return 0;
    if (!locate(image, dynamic->needs, &needs))
        return err_set(err, ERR_PACKAGE, "the table of symbol versions lies outside of the file");
    need = needs.offset;
    for (uint64_t i = 0; i < dynamic->needs_count && i < NEEDED_MAX; i++) {
        uint64_t next = number(image, need + offsetof(Elf64_Verneed, vn_next), 4);

        if (!inside(image, need, sizeof(Elf64_Verneed)))
            return err_set(err, ERR_PACKAGE, "the table of symbol versions is cut off");
        if (parse_library(image, strings, elf, need, &budget, err) < 0)
            return -1;
        if (!next)
            break;
        need += next;
    }
    return 0;
}

static int parse_dynamic(const struct image *image, struct elf *elf, struct dynamic *dynamic,
                         struct err *err)
{
    uint64_t index = 0, tag, value;
    struct range strings;

    scan_dynamic(image, elf, dynamic);
    if (!dynamic->strings)
        return 0;
    if (!locate(image, dynamic->strings, &strings) || strings.size < dynamic->strings_size)
        return err_set(err, ERR_PACKAGE, "the table of names lies outside of the file");
    strings.size = dynamic->strings_size;
    while (next_dynamic(image, dynamic, &index, &tag, &value))
        if (take_string(image, &strings, elf, tag, value, err) < 0)
            return -1;
    if (elf->runpath) {
        free(elf->rpath);
        elf->rpath = NULL;
    }
    return parse_versions(image, &strings, elf, dynamic, err);
}

int elf_parse(struct elf *elf, const void *data, size_t len, struct err *err)
{
    struct image image = {.data = data, .len = len};
    struct dynamic dynamic = {0};

    *elf = (struct elf){0};
    if (parse_header(&image, elf, err) < 0 || parse_segments(&image, elf, &dynamic, err) < 0 ||
        parse_dynamic(&image, elf, &dynamic, err) < 0) {
        elf_release(elf);
        return -1;
    }
    return 0;
}

int elf_read(struct elf *elf, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    void *data = MAP_FAILED;
    struct stat status = {0};
    int result = -1;

    *elf = (struct elf){0};
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size)
        data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data != MAP_FAILED)
        result = elf_parse(elf, data, (size_t)status.st_size, err);
    else
        err_set(err, ERR_PACKAGE, "%s", fd < 0 ? strerror(errno) : "no ELF file");
    if (result < 0)
        err_context(err, "cannot read '%s'", path);
    if (data != MAP_FAILED)
        munmap(data, (size_t)status.st_size);
    if (fd >= 0)
        close(fd);
    return result;
}

void elf_release(struct elf *elf)
{
    for (size_t i = 0; i < elf->version_count; i++) {
        free(elf->versions[i].family);
        free(elf->versions[i].number);
        free(elf->versions[i].library);
    }
    free(elf->versions);
    strlist_release(&elf->needed);
    free(elf->interpreter);
    free(elf->soname);
    free(elf->rpath);
    free(elf->runpath);
    *elf = (struct elf){0};
}

char *elf_machine_name(uint16_t machine)
{
    static const struct {
        uint16_t machine;
        const char *name;
    } names[] = {{EM_X86_64, "x86_64"},  {EM_AARCH64, "arm64"}, {EM_386, "i386"},
                 {EM_ARM, "32-bit arm"}, {EM_RISCV, "riscv"},   {EM_PPC64, "ppc64"},
                 {EM_S390, "s390"},      {EM_MIPS, "mips"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].machine == machine)
            return xstrdup(names[i].name);
    return xasprintf("machine %u", machine);
}

int elf_compare_versions(const char *a, const char *b)
{
    return strverscmp(a, b);
}
