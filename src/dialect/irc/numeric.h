/*
 * dialect_irc_numeric: the numerics of the server's replies, with the text behind those that have
 * a fixed one. Numbers and meanings: RFC 1459, RFC 2812, modern.ircdocs.horse and IRCv3.
 */
#ifndef KABAR_DIALECT_IRC_NUMERIC_H
#define KABAR_DIALECT_IRC_NUMERIC_H

/* clang-format off */
#define IRC_NUMERICS(NUMERIC) \
	NUMERIC(RPL_WELCOME, 1, NULL) \
	NUMERIC(RPL_YOURHOST, 2, NULL) \
	NUMERIC(RPL_CREATED, 3, NULL) \
	NUMERIC(RPL_MYINFO, 4, NULL) \
	NUMERIC(RPL_ISUPPORT, 5, "are supported by this server") \
	NUMERIC(RPL_UMODEIS, 221, NULL) \
	NUMERIC(RPL_LUSERCLIENT, 251, NULL) \
	NUMERIC(RPL_LUSEROP, 252, "administrators online") \
	NUMERIC(RPL_LUSERUNKNOWN, 253, "connections that have not logged in") \
	NUMERIC(RPL_LUSERCHANNELS, 254, "channels formed") \
	NUMERIC(RPL_LUSERME, 255, NULL) \
	NUMERIC(RPL_ADMINME, 256, "Administrative info") \
	NUMERIC(RPL_ADMINLOC1, 257, NULL) \
	NUMERIC(RPL_ADMINEMAIL, 259, NULL) \
	NUMERIC(RPL_LOCALUSERS, 265, NULL) \
	NUMERIC(RPL_GLOBALUSERS, 266, NULL) \
	NUMERIC(RPL_WHOISCERTFP, 276, NULL) \
	NUMERIC(RPL_AWAY, 301, NULL) \
	NUMERIC(RPL_USERHOST, 302, NULL) \
	NUMERIC(RPL_ISON, 303, NULL) \
	NUMERIC(RPL_UNAWAY, 305, "You are no longer marked as being away") \
	NUMERIC(RPL_NOWAWAY, 306, "You have been marked as being away") \
	NUMERIC(RPL_WHOISUSER, 311, NULL) \
	NUMERIC(RPL_WHOISSERVER, 312, NULL) \
	NUMERIC(RPL_WHOISOPERATOR, 313, "is an administrator of this realm") \
	NUMERIC(RPL_WHOWASUSER, 314, NULL) \
	NUMERIC(RPL_ENDOFWHO, 315, "End of WHO list") \
	NUMERIC(RPL_WHOISIDLE, 317, "seconds idle, signon time") \
	NUMERIC(RPL_ENDOFWHOIS, 318, "End of /WHOIS list") \
	NUMERIC(RPL_WHOISCHANNELS, 319, NULL) \
	NUMERIC(RPL_LISTSTART, 321, "Users  Name") \
	NUMERIC(RPL_LIST, 322, NULL) \
	NUMERIC(RPL_LISTEND, 323, "End of /LIST") \
	NUMERIC(RPL_CHANNELMODEIS, 324, NULL) \
	NUMERIC(RPL_CREATIONTIME, 329, NULL) \
	NUMERIC(RPL_WHOISACCOUNT, 330, "is logged in as") \
	NUMERIC(RPL_NOTOPIC, 331, "No topic is set") \
	NUMERIC(RPL_TOPIC, 332, NULL) \
	NUMERIC(RPL_TOPICWHOTIME, 333, NULL) \
	NUMERIC(RPL_WHOISBOT, 335, "is a bot") \
	NUMERIC(RPL_INVITELIST, 336, NULL) \
	NUMERIC(RPL_ENDOFINVITELIST, 337, "End of /INVITE list") \
	NUMERIC(RPL_WHOISACTUALLY, 338, NULL) \
	NUMERIC(RPL_INVITING, 341, NULL) \
	NUMERIC(RPL_VERSION, 351, NULL) \
	NUMERIC(RPL_WHOREPLY, 352, NULL) \
	NUMERIC(RPL_NAMREPLY, 353, NULL) \
	NUMERIC(RPL_WHOSPCRPL, 354, NULL) \
	NUMERIC(RPL_LINKS, 364, NULL) \
	NUMERIC(RPL_ENDOFLINKS, 365, "End of /LINKS list") \
	NUMERIC(RPL_ENDOFNAMES, 366, "End of /NAMES list") \
	NUMERIC(RPL_BANLIST, 367, NULL) \
	NUMERIC(RPL_ENDOFBANLIST, 368, "End of channel ban list") \
	NUMERIC(RPL_ENDOFWHOWAS, 369, "End of WHOWAS") \
	NUMERIC(RPL_INFO, 371, NULL) \
	NUMERIC(RPL_MOTD, 372, NULL) \
	NUMERIC(RPL_ENDOFINFO, 374, "End of /INFO list") \
	NUMERIC(RPL_MOTDSTART, 375, NULL) \
	NUMERIC(RPL_ENDOFMOTD, 376, "End of /MOTD command") \
	NUMERIC(RPL_WHOISMODES, 379, NULL) \
	NUMERIC(RPL_YOUREOPER, 381, "You are now an IRC operator") \
	NUMERIC(RPL_TIME, 391, NULL) \
	NUMERIC(ERR_UNKNOWNERROR, 400, NULL) \
	NUMERIC(ERR_NOSUCHNICK, 401, "No such nick/channel") \
	NUMERIC(ERR_NOSUCHSERVER, 402, "No such server") \
	NUMERIC(ERR_NOSUCHCHANNEL, 403, "No such channel") \
	NUMERIC(ERR_CANNOTSENDTOCHAN, 404, "Cannot send to channel") \
	NUMERIC(ERR_TOOMANYCHANNELS, 405, "You have joined too many channels") \
	NUMERIC(ERR_WASNOSUCHNICK, 406, "There was no such nickname") \
	NUMERIC(ERR_TOOMANYTARGETS, 407, "Too many targets") \
	NUMERIC(ERR_NOORIGIN, 409, "No origin specified") \
	NUMERIC(ERR_INVALIDCAPCMD, 410, "Invalid CAP command") \
	NUMERIC(ERR_NORECIPIENT, 411, NULL) \
	NUMERIC(ERR_NOTEXTTOSEND, 412, "No text to send") \
	NUMERIC(ERR_INPUTTOOLONG, 417, "Input line was too long") \
	NUMERIC(ERR_UNKNOWNCOMMAND, 421, "Unknown command") \
	NUMERIC(ERR_NOMOTD, 422, "MOTD File is missing") \
	NUMERIC(ERR_NONICKNAMEGIVEN, 431, "No nickname given") \
	NUMERIC(ERR_ERRONEUSNICKNAME, 432, NULL) \
	NUMERIC(ERR_NICKNAMEINUSE, 433, NULL) \
	NUMERIC(ERR_USERNOTINCHANNEL, 441, "They aren't on that channel") \
	NUMERIC(ERR_NOTONCHANNEL, 442, "You're not on that channel") \
	NUMERIC(ERR_USERONCHANNEL, 443, "is already on channel") \
	NUMERIC(ERR_SUMMONDISABLED, 445, "SUMMON has been disabled") \
	NUMERIC(ERR_USERSDISABLED, 446, "USERS has been disabled") \
	NUMERIC(ERR_NOTREGISTERED, 451, "You have not registered") \
	NUMERIC(ERR_NEEDMOREPARAMS, 461, "Not enough parameters") \
	NUMERIC(ERR_ALREADYREGISTERED, 462, "You may not reregister") \
	NUMERIC(ERR_PASSWDMISMATCH, 464, NULL) \
	NUMERIC(ERR_CHANNELISFULL, 471, "Cannot join channel (+l)") \
	NUMERIC(ERR_UNKNOWNMODE, 472, "is an unknown mode to me") \
	NUMERIC(ERR_INVITEONLYCHAN, 473, "Cannot join channel (+i)") \
	NUMERIC(ERR_BANNEDFROMCHAN, 474, "Cannot join channel (+b)") \
	NUMERIC(ERR_BADCHANNELKEY, 475, "Cannot join channel (+k)") \
	NUMERIC(ERR_BADCHANMASK, 476, "Bad Channel Mask") \
	NUMERIC(ERR_BANLISTFULL, 478, "The channel's list of bans is full") \
	NUMERIC(ERR_NOPRIVILEGES, 481, "Permission Denied- You're not an IRC operator") \
	NUMERIC(ERR_CHANOPRIVSNEEDED, 482, "You're not channel operator") \
	NUMERIC(ERR_CANTKILLSERVER, 483, "You can't kill a server!") \
	NUMERIC(ERR_NOOPERHOST, 491, "No O-lines for your host") \
	NUMERIC(ERR_UMODEUNKNOWNFLAG, 501, "Unknown MODE flag") \
	NUMERIC(ERR_USERSDONTMATCH, 502, "Cannot change mode for other users") \
	NUMERIC(ERR_HELPNOTFOUND, 524, "No help available on this topic") \
	NUMERIC(ERR_INVALIDKEY, 525, "Key is not well-formed") \
	NUMERIC(RPL_WHOISSECURE, 671, "is using a secure connection") \
	NUMERIC(ERR_INVALIDMODEPARAM, 696, NULL) \
	NUMERIC(ERR_CANNOTSENDTOUSER, 531, NULL) \
	NUMERIC(RPL_HELPSTART, 704, NULL) \
	NUMERIC(RPL_HELPTXT, 705, NULL) \
	NUMERIC(RPL_ENDOFHELP, 706, NULL) \
	NUMERIC(RPL_MONONLINE, 730, NULL) \
	NUMERIC(RPL_MONOFFLINE, 731, NULL) \
	NUMERIC(RPL_MONLIST, 732, NULL) \
	NUMERIC(RPL_ENDOFMONLIST, 733, "End of MONITOR list") \
	NUMERIC(ERR_MONLISTFULL, 734, "Monitor list is full") \
	NUMERIC(RPL_LOGGEDIN, 900, NULL) \
	NUMERIC(RPL_LOGGEDOUT, 901, "You are now logged out") \
	NUMERIC(ERR_NICKLOCKED, 902, "The account is locked") \
	NUMERIC(RPL_SASLSUCCESS, 903, "SASL authentication successful") \
	NUMERIC(ERR_SASLFAIL, 904, "SASL authentication failed") \
	NUMERIC(ERR_SASLTOOLONG, 905, "SASL message too long") \
	NUMERIC(ERR_SASLABORTED, 906, "SASL authentication aborted") \
	NUMERIC(ERR_SASLALREADY, 907, "You have already authenticated using SASL") \
	NUMERIC(RPL_SASLMECHS, 908, "are available SASL mechanisms")
/* clang-format on */

#define IRC_NUMERIC_NAME(name, number, text) name = (number),
enum irc_numeric { IRC_NUMERICS(IRC_NUMERIC_NAME) };

/* The fixed text of a numeric; NULL: it has none. */
const char *dialect_irc_numeric_text(enum irc_numeric);

#endif
