/*
 * client/i18n: the client's own texts in the user's language.
 *
 * Each text for the user stands in the source in English, within _() or ngettext().
 * po/ has the translations; tests/test_translation.sh finds texts that lack one.
 */
#ifndef KABAR_CLIENT_I18N_H
#define KABAR_CLIENT_I18N_H

#ifdef ENABLE_NLS

#include <libintl.h>

/* The translation of a literal, or the literal. It stays valid for ever. */
#define _(text) gettext(text)

/* The form for a number of things: ngettext("%zu message", "%zu messages", n). */

#else

#define _(text)                (text)
#define ngettext(one, many, n) ((n) == 1 ? (one) : (many))

#endif

/* Marks a literal of a table. Where the table is used, _() translates it. */
#define N_(text) text

/*
 * Takes the language and the character set from the environment. Numbers keep their form, which
 * JSON needs. The catalogues lie where they were installed, or in the directory that the variable
 * TEXTDOMAINDIR names (as for gettext(1)): po/ of the build directory, before they are installed.
 */
void client_i18n_start(void);

#endif
