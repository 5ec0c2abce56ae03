/* password: yescrypt through libxcrypt, in memory that is wiped. */
#include "base/password.h"

#include <bsd/string.h>
#include <crypt.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define YESCRYPT "$y$"

_Static_assert(PASSWORD_HASH_SIZE >= CRYPT_OUTPUT_SIZE, "a hash may be cut");
_Static_assert(PASSWORD_MAX_BYTES < CRYPT_MAX_PASSPHRASE_SIZE, "libxcrypt refuses the longest");

/* libxcrypt's working memory: it holds the password, so it is wiped before it is given back. */
struct work {
	void *data;
	int size;
};

static void
free_work(struct work *w)
{
	if (w->data)
		explicit_bzero(w->data, (size_t)w->size);
	free(w->data);
}

static bool
is_too_long(const char *password)
{
	return strnlen(password, PASSWORD_MAX_BYTES + 1) > PASSWORD_MAX_BYTES;
}

/* Without a difference in time that would tell how much of the hash was right. */
static bool
is_same_hash(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char difference = 0;

	if (strlen(b) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

int
password_hash(const char *password, int cost, char *out, size_t size)
{
	struct work work = { .data = NULL };
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;
	int result = -1;

	if (size > 0)
		out[0] = '\0';
	if (cost < PASSWORD_COST_MIN || cost > PASSWORD_COST_MAX || is_too_long(password)) {
		errno = EINVAL;
		return -1;
	}
	if (!crypt_gensalt_rn(YESCRYPT, (unsigned long)cost, NULL, 0, setting,
	        (int)sizeof(setting)))
		return -1;
	hash = crypt_ra(password, setting, &work.data, &work.size);
	if (!hash)
		goto out;
	if (strlen(hash) >= size) {
		errno = ERANGE;
		goto out;
	}
	strlcpy(out, hash, size);
	result = 0;
out:
	free_work(&work);
	return result;
}

int
password_check(const char *password, const char *hash)
{
	struct work work = { .data = NULL };
	bool possible = !is_too_long(password);
	const char *found;
	int result = -1;

	found = crypt_ra(possible ? password : "", hash, &work.data, &work.size);
	if (found)
		result = is_same_hash(found, hash) && possible;
	free_work(&work);
	return result;
}

bool
password_hash_valid(const char *hash)
{
	int result = crypt_checksalt(hash);

	/* Almost any word, such as a password, would do as one of the oldest method. */
	return hash[0] == '$' && result != CRYPT_SALT_INVALID &&
	    result != CRYPT_SALT_METHOD_DISABLED && strlen(hash) < PASSWORD_HASH_SIZE;
}

void
password_waste(int cost)
{
	static const char salt[16] = "nobody";
	struct work work = { .data = NULL };
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (cost < PASSWORD_COST_MIN)
		cost = PASSWORD_COST_MIN;
	if (cost > PASSWORD_COST_MAX)
		cost = PASSWORD_COST_MAX;
	if (crypt_gensalt_rn(YESCRYPT, (unsigned long)cost, salt, (int)sizeof(salt), setting,
	        (int)sizeof(setting)))
		(void)crypt_ra("", setting, &work.data, &work.size);
	free_work(&work);
}

/* The cost of a hash; 0: it is of another method. */
static int
find_cost(const char *hash)
{
	static const char salt[16] = "nobody";
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	for (int cost = PASSWORD_COST_MIN; cost <= PASSWORD_COST_MAX; cost++) {
		if (!crypt_gensalt_rn(YESCRYPT, (unsigned long)cost, salt, (int)sizeof(salt),
		        setting, (int)sizeof(setting)))
			return 0;
		/* $y$, the parameters, $, the salt */
		size_t len = strlen(YESCRYPT) + strcspn(setting + strlen(YESCRYPT), "$") + 1;
		if (strncmp(hash, setting, len) == 0)
			return cost;
	}
	return 0;
}

int
password_try(const char *password, const char *hash, int cost, char fresh[PASSWORD_HASH_SIZE])
{
	int own, right;

	fresh[0] = '\0';
	if (hash[0] == '\0' || password == NULL) {
		password_waste(cost);
		return 0;
	}
	own = find_cost(hash);
	right = password_check(password, hash) == 1;
	/* Each step costs twice the one before: with the hash of the lowest they are one of cost.
	 */
	for (int step = own; own != 0 && step < cost; step++)
		password_waste(step);
	if (own == 0)
		password_waste(cost);
	if (right && own != cost)
		(void)password_hash(password, cost, fresh, PASSWORD_HASH_SIZE);
	return right;
}
