/* capabilities: the system calls themselves; no library is needed for five of them. */
#include "base/capabilities.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#define BIT(capability) (UINT32_C(1) << (capability))
#define FEW             (BIT(CAP_KILL) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SYS_CHROOT))

_Static_assert(CAP_SYS_CHROOT < 32 && CAP_SETUID < 32, "they are in the first word");

static const int few[] = { CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SYS_CHROOT };

static int
set_all(uint32_t permitted, uint32_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = permitted, .permitted = permitted, .inheritable = inheritable }
	};

	return (int)syscall(SYS_capset, &header, data);
}

int
capabilities_keep(void)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

int
capabilities_limit(void)
{
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return set_all(FEW, 0);
}

/* Those that this process has, and those that it could have. */
static uint32_t
read_permitted(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, data) != 0)
		return 0;
	return data[0].permitted | data[1].permitted;
}

bool
capabilities_here(void)
{
	return (read_permitted() & FEW) == FEW;
}

int
capabilities_pass(bool on)
{
	if (set_all(FEW, on ? FEW : 0) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		if (on && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, few[i], 0, 0) != 0)
			return -1;
	return 0;
}

int
capabilities_drop(void)
{
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return read_permitted() == 0 ? 0 : set_all(0, 0);
}
