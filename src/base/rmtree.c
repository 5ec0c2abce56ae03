/* rmtree: nftw(3), from the leaves up. */
#include "base/rmtree.h"

#include <sys/stat.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>

#define OPEN_AT_ONCE 16 /* directories */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

int
rmtree(const char *path)
{
	int result = nftw(path, remove_one, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS);

	return result == 0 || errno == ENOENT ? 0 : -1;
}
