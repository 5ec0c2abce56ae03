/* realm_key_paths: where the realm's key lies; apart from realm_key, for those without libcrypto.
 */
#include <stdio.h>

#include "net/realm_key.h"

void
realm_key_paths(const char *state, char key[REALM_KEY_PATH], char certificate[REALM_KEY_PATH])
{
	snprintf(key, REALM_KEY_PATH, "%s/realm.key", state);
	snprintf(certificate, REALM_KEY_PATH, "%s/realm.crt", state);
}
