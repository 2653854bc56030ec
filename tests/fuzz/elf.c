/* The ELF reader on any bytes. */
#include "packager/elf/elf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err;
    struct elf elf;

    if (elf_parse(&elf, data, size, &err) == 0)
        elf_release(&elf);
    return 0;
}
