/* chat_files: the files of one conversation, by the text that says with whom it is. */
#ifndef KABAR_CHAT_HISTORY_FILES_H
#define KABAR_CHAT_HISTORY_FILES_H

#include "chat/file/download.h"
#include "chat/history/who.h"

/*
 * Visits the files that the user may have, in no order; `from` is the sender as chat_who_text()
 * writes it. Texts last for the visit. CHAT_OK; the results of chat_who_find(); CHAT_NOT_MEMBER;
 * CHAT_FAILED.
 */
typedef void chat_files_visit(void *arg, struct chat_text name, const struct chat_file *,
    const char *from);
enum chat_result chat_files_each(struct chat *, const struct chat_session *, struct chat_text who,
    chat_files_visit *, void *arg);
/* Opens one, as chat_download_open() does; results as above, and CHAT_NO_FILE. */
enum chat_result chat_files_open(struct chat *, const struct chat_session *, struct chat_text who,
    struct chat_text name, struct chat_download *);

#endif
