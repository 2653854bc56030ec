#include <stdio.h>

int main(void)
{
    puts("fnctl " FNCTL_VERSION);
    return 0;
}
