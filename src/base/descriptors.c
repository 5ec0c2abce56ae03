/* descriptors: a server wants the hard limit; the soft one is for programs that use select(). */
#include "base/descriptors.h"

#include <sys/resource.h>

#define MOST 1048576 /* enough; some systems allow a thousand times that, and tables grow by it */

size_t
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	rlim_t wanted = limit.rlim_max < MOST ? limit.rlim_max : MOST;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
			return 0;
	}
	return limit.rlim_cur < MOST ? (size_t)limit.rlim_cur : MOST;
}
