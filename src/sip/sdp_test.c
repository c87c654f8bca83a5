/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/sdp.h"
#include "sip/test.h"

TEST(reads_session_and_media)
{
    struct arena arena;
    struct sdp s;

    arena_init(&arena, MEM_MESSAGE, 1024);
    CHECK(sdp_parse(STR("v=0\r\no=alice 289 290 IN IP4 host.example.com\r\ns=-\r\n"
                        "c=IN IP4 192.0.2.1/127\r\nt=0 0\r\na=inactive\r\n"
                        "m=audio 49170 RTP/AVP 0 8 97\r\na=rtpmap:0 PCMU/8000\r\na=sendonly\r\n"
                        "m=video 0/2 RTP/AVP 31\nc=IN IP6 2001:db8::1\na=x\n"),
                    &arena, &s) == ERR_OK);
    CHECK(s.n_media == 2);
    CHECK_STR(s.session_id, STR("289"));
    CHECK_STR(s.session_version, STR("290"));
    CHECK_STR(s.origin_address, STR("host.example.com"));
    CHECK_STR(s.connection, STR("192.0.2.1"));
    CHECK_STR(s.media[0].media, STR("audio"));
    CHECK_STR(s.media[0].formats, STR("0 8 97"));
    CHECK_STR(s.media[0].connection, STR("192.0.2.1"));
    CHECK(s.media[0].port == 49170 && s.media[0].n_ports == 1);
    CHECK_STR(sdp_attribute(s.media[0].attributes, STR("rtpmap")), STR("0 PCMU/8000"));
    CHECK_STR(sdp_direction(&s, &s.media[0]), STR("sendonly"));
    CHECK(s.media[1].port == 0 && s.media[1].n_ports == 2);
    CHECK_STR(s.media[1].connection, STR("2001:db8::1"));
    CHECK_STR(sdp_direction(&s, &s.media[1]), STR("inactive"));
    CHECK(sdp_attribute(s.media[1].attributes, STR("x")).p);
    CHECK(!sdp_attribute(s.media[1].attributes, STR("y")).p);
    arena_free(&arena);
}

TEST(refuses_what_is_none)
{
    static const char *const bad[] = {
        "",
        "x",
        "o=a\r\nv=0\r\n",
        "v=0\r\nc=IN\r\n",
        "v=0\r\no=a 1 2 IN\r\n",
        "v=0\r\nm=audio\r\n",
        "v=0\r\nm=audio x RTP/AVP 0\r\n",
        "v=0\r\nm=audio 65536 RTP/AVP 0\r\n",
        "v=0\r\nm=audio 1 RTP/AVP 0\r\nnonsense\r\n",
        "v=0\r\nnonsense\r\n",
    };
    struct arena arena;
    struct sdp s;

    arena_init(&arena, MEM_MESSAGE, 1024);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_CASE(sdp_parse(str_of(bad[i]), &arena, &s) == ERR_SYNTAX, bad[i]);
    arena_free(&arena);
}

RUN(CASE(reads_session_and_media), CASE(refuses_what_is_none))
