/* client/i18n: the locale of the process, and where its catalogue of messages is. */
#include "client/i18n.h"

#include <locale.h>
#include <stdlib.h>

#ifdef ENABLE_NLS
#define DOMAIN "kabar"

/* All texts of the client are UTF-8, whatever the character set of the locale. */
static void
bind_catalogue(void)
{
	const char *directory = getenv("TEXTDOMAINDIR");

	bindtextdomain(DOMAIN, directory != NULL ? directory : KABAR_LOCALE_DIR);
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	textdomain(DOMAIN);
}
#endif

void
client_i18n_start(void)
{
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
#ifdef ENABLE_NLS
	bind_catalogue();
#endif
}
