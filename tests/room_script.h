/*
 * room_script: for tests of the room dialect: short forms for scripts of dialogue.
 */
#ifndef ROOM_SCRIPT_H
#define ROOM_SCRIPT_H

#include "dialogue.h"

/*
 * Plays a script as dialogue_run() does, in which lines may also be
 *   a> REG messi surabaya   this request, as the document writes it, to the byte; likewise LOGIN,
 *                           MAKE_ROOM kopi, DEL_ROOM, JOIN_ROOM, QUIT_ROOM, SEND kopi halo, LOGOUT
 *   a< REG_OK selamat       a reply with this code and content; so with every code that has a _
 *   a< MESSAGE messi kopi halo dunia
 *   a< ROOM_LIST_OK 'bola','kopi'    and so with the other lists
 */
#define room_run(dialogue, script) room_run_at(dialogue, __FILE__, __LINE__, script)
void room_run_at(struct dialogue *, const char *file, int line, const char *script);

#endif
