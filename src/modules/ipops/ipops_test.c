/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/script_test.h"

#define HEAD "loadmodule \"ipops.so\""

static void tells_forms_apart(void **state)
{
    static const struct script_row rows[] = {
        { "ip_type(\"1.2.3.4\")", "$rc", "1" },
        { "ip_type(\"::1\")", "$rc", "2" },
        { "ip_type(\"[::1]\")", "$rc", "3" },
        { "ip_type(\"[1.2.3.4]\")", "$rc", "-1" },
        { "ip_type(\"01.2.3.4\")", "$rc", "-1" },
        { "ip_type(\"\")", "$rc", "-1" },
        { "is_ip(\"[::1]\")", "$rc", "1" },
        { "is_pure_ip(\"[::1]\")", "$rc", "-1" },
        { "is_ipv4(\"1.2.3.4:5\")", "$rc", "-1" },
        { "is_ipv6(\"fe80::1%eth0\")", "$rc", "-1" },
        { "is_ipv6_reference(\"[::1\")", "$rc", "-1" },
        { "is_ip_rfc1918(\"172.31.0.1\")", "$rc", "1" },
        { "is_ip_rfc1918(\"172.32.0.1\")", "$rc", "-1" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

#define PURPOSE(ip, want)                                                                          \
    {                                                                                              \
        "detailed_ip_type(\"" ip "\", \"$var(p)\")", "$rc $var(p)", "1 " want                      \
    }
static void knows_what_addresses_are_for(void **state)
{
    static const struct script_row rows[] = {
        PURPOSE("0.1.2.3", "PRIVATE"),
        PURPOSE("100.64.0.1", "SHARED"),
        PURPOSE("192.0.1.1", "PUBLIC"),
        PURPOSE("198.19.3.3", "RESERVED"),
        PURPOSE("255.255.255.255", "BROADCAST"),
        PURPOSE("::", "UNSPECIFIED"),
        PURPOSE("::ffff:1.2.3.4", "IPV4MAP"),
        PURPOSE("::1.2.3.4", "RESERVED"),
        PURPOSE("100::1", "DISCARD"),
        PURPOSE("2001::1", "TEREDO"),
        PURPOSE("2001:2:0:1::1", "BMWG"),
        PURPOSE("2001:1f::1", "ORCHID"),
        PURPOSE("2001:20::1", "GLOBAL-UNICAST"),
        PURPOSE("2001:db8::1", "DOCUMENTATION"),
        PURPOSE("2002::1", "6TO4"),
        PURPOSE("4000::1", "RESERVED"),
        PURPOSE("fd00::1", "UNIQUE-LOCAL-UNICAST"),
        PURPOSE("fe80::1", "LINK-LOCAL-UNICAST"),
        PURPOSE("[ff02::1]", "MULTICAST"),
        { "$var(p) = 0; detailed_ip_type(\"x\", \"$var(p)\")", "$rc $var(p)", "-1 0" },
        { "detailed_ipv4_type(\"::1\", \"$var(p)\")", "$rc", "-1" },
        { "detailed_ipv6_type(\"::1\", \"$var(p)\")", "$rc $var(p)", "1 LOOPBACK" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

static void compares_addresses(void **state)
{
    static const struct script_row rows[] = {
        { "compare_ips(\"::1\", \"[0:0::1]\")", "$rc", "1" },
        { "compare_pure_ips(\"::1\", \"[0:0::1]\")", "$rc", "-1" },
        { "compare_ips(\"::ffff:1.2.3.4\", \"1.2.3.4\")", "$rc", "-1" },
        { "compare_ips(\"x\", \"x\")", "$rc", "-1" },
        { "is_in_subnet(\"1.2.3.4\", \"9.0.0.0/8, 1.2.0.0/16\")", "$rc", "1" },
        { "is_in_subnet(\"1.2.3.4\", \"1.2.0.0/33\")", "$rc", "-1" },
        { "is_in_subnet(\"1.2.3.4\", \"::/0\")", "$rc", "-1" },
        { "is_in_subnet(\"1.2.3.4\", \"x,1.2.3.4\")", "$rc", "1" },
        { "is_in_subnet(\"1.2.3.4\", \"1.2.3.4/x\")", "$rc", "1" },
        { "is_in_subnet(\"[::1]\", \"::/8\")", "$rc", "-1" },
        { "is_in_subnet(\"2001:db8:8000::1\", \"2001:db8::/33\")", "$rc", "-1" },
        { "is_in_subnet(\"2001:db8:7fff::1\", \"2001:db8::/33\")", "$rc", "1" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

static void keeps_what_it_asked_for(void **state)
{
    static const struct script_row rows[] = {
        { "dns_query(\"192.0.2.1\", \"a\")",
          "$rc $dns(a=>count) $dns(a=>ipv4) $dns(a=>ipv6) $dns(a=>type[0]) $dns(A=>addr[-1])",
          "1 1 1 0 4 192.0.2.1" },
        { "dns_query(\"192.0.2.1\", \"a\"); $var(i) = 0", "$dns(a=>addr[$var(i)])", "192.0.2.1" },
        { "dns_query(\"192.0.2.1\", \"a\"); $var(i) = 1", "$dns(a=>addr[$var(i)])", "<null>" },
        { "", "$dns(b=>count)", "<null>" },
        { "dns_sys_match_ip(\"192.0.2.1\", \"192.0.2.1\")", "$rc", "1" },
        { "dns_int_match_ip(\"192.0.2.1\", \"192.0.2.2\")", "$rc", "-1" },
        { "dns_int_match_ip(\"192.0.2.1\", \"x\")", "$rc", "-3" },
        { "ptr_query(\"x\", \"a\")", "$rc $ptrquery(a=>hostname)", "-4 <null>" },
        { "dns_set_local_ttl(\"5\")", "$rc", "1" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

int main(void)
{
    TEST_RUN(tells_forms_apart, knows_what_addresses_are_for, compares_addresses,
             keeps_what_it_asked_for);
}
