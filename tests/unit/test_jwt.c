/* Tokens as HTTP APIs judge them; made by tests/tools/issuer.py with a key that is nobody's. */
#include "providers/local/engine/front/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

#include <string.h>

/* {"iss": "https://issuer.example", "aud": "weather", "exp": 4000000000, "sub": "ann",
 *  "scope": "a read", "n": 7}, and what differs by name: "aud" a list and "scp" for "scope";
 * "client_id" for "aud"; ... */
static const char keys_text[] =
    "{\"keys\": [{\"kty\": \"EC\", \"kid\": \"first\"}, {\"kty\": \"RSA\", \"kid\": \"first\", "
    "\"n\": \"s9HP3v"
    "g5zYjxA2ctq-cx_E5zND15InO-GUY_Qmt7NujXKuHHJ9N9i3_tljQ5n-JFpJ2B-UeOm0jeg5QgNLBRF65_kP"
    "pISv72HQzDhdHIz5IIKa7n25oNJl0TCOit9Lzmz6tXJoRytGTrR1a7CDsGlYAjeZBtfTsPkNvbUcHoH5M\", "
    "\"e\": \"AQAB\"}]}";
static const char good_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImZpcnN0IiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6L"
    "y9pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiAid2VhdGhlciIsICJleHAiOiA0MDAwMDAwMDAwLCAic3ViIjogI"
    "mFubiIsICJzY29wZSI6ICJhIHJlYWQiLCAibiI6IDd9.ceMntYFbkZhFjsNjEgsOsakMLiUNT1iuApO1_hoe"
    "MmBDyeMmcZHkgVdRqCHhVKJrNbMmgnJu8A-7p8bGjAGAmwEleiztJ3fChgIzgCzuzZTA-2FhlknNf1QhDz31"
    "lkgtPJOLwxBPAXBrJsBJOrq-ahGrZfSVjoexuryxPzT_6gw";
static const char list_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImZpcnN0IiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6L"
    "y9pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiBbIngiLCAib3RoZXIiXSwgImV4cCI6IDQwMDAwMDAwMDAsICJzd"
    "WIiOiAiYW5uIiwgIm4iOiA3LCAic2NwIjogWyJyZWFkIl19.VDPCyS4dtDkEsuuj5O-lQBeUmJBeu-TdsPbM"
    "HCcNvqLCQDdL9WR3cPtVBy-2rgccu4TP-HqtnT38A7Zn9lL0ip5YhOTBrtEJ43kCLg78O3F78ToxkvnQ1yae"
    "83Qt2mbTj2NdBZYTozHbu9JAK3s8PxslgwiAD-95d1BGVnmFSU8";
static const char client_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImZpcnN0IiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6L"
    "y9pc3N1ZXIuZXhhbXBsZSIsICJleHAiOiA0MDAwMDAwMDAwLCAic3ViIjogImFubiIsICJzY29wZSI6ICJhI"
    "HJlYWQiLCAibiI6IDcsICJjbGllbnRfaWQiOiAid2VhdGhlciJ9.CahPVfHoh8n3521aHokypn1CMI9tvk1M"
    "Bnt_vDGSD9Wvm1W5naL2zzP0Md2d4ujub5PVrGcVxRp6IRpN8dxs1atDngtToZBsf7MmimETycYs4KAX5oER"
    "IQytVJqmLMDBw80q6QVie6RKLwOHcTMzaZBXjq9mnp61ztkNKUUrB6k";
static const char expired_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImZpcnN0IiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6L"
    "y9pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiAid2VhdGhlciIsICJleHAiOiA1LCAic3ViIjogImFubiIsICJzY"
    "29wZSI6ICJhIHJlYWQiLCAibiI6IDd9.r5A4GBeHp35b0iCAPKN-ilyPEWBZALLv0LrykfI-lFe1zz7fDbSk"
    "Qte4D8BRI9_H25GiveHJkEilqDrAqYT1uA114D85kxS_zcejjSfy2WvkSQhZjWIgohovacXKayDiebyAIVbS"
    "w6bz8kWQcvHM6gveJIpg8XMKUhDvlKn9Az8";
static const char early_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImZpcnN0IiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6L"
    "y9pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiAid2VhdGhlciIsICJleHAiOiA0MDAwMDAwMDAwLCAic3ViIjogI"
    "mFubiIsICJzY29wZSI6ICJhIHJlYWQiLCAibiI6IDcsICJuYmYiOiAzMDAwMDAwMDAwfQ.pIh-okW-AivUnK"
    "hTT7fhgMZ8cpFX3i-Y3rZMmRy2KI_QN8F04xldyx_WXypwXxrWGlwSQcIBVbEvQ9VBmrtb_1I88XAidXOLKy"
    "3tDPzi26-p7PKbPsRMdWfIMUFQ7xhP7sKQOmuvuQHDXmJk8NyNEcNiN6EHWepVyUO81UqNdFs";
static const char never_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImZpcnN0IiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6L"
    "y9pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiAid2VhdGhlciIsICJzdWIiOiAiYW5uIiwgInNjb3BlIjogImEgc"
    "mVhZCIsICJuIjogN30.BNQHyu-NFUBL80_XSpmMW-ecy1jHKCnGvXzSSDmR1zaOnPjiU4Id0SrwEVt7AdobQ"
    "pdVpRtZqtrHPxy0X7H_EfdMq39PpFxR3H1XxvJIINMwbLlt6FGAlQ8s-7uiEpyZXdQ9P63wqDCvdzs_45oT1"
    "noZt7XccjT2_UUgmlejIJc";
static const char spoiled_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogImZpcnN0IiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6L"
    "y9pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiAid2VhdGhlciIsICJleHAiOiA0MDAwMDAwMDAwLCAic3ViIjogI"
    "mFubiIsICJzY29wZSI6ICJhIHJlYWQiLCAibiI6IDd9.cOMntYFbkZhFjsNjEgsOsakMLiUNT1iuApO1_hoe"
    "MmBDyeMmcZHkgVdRqCHhVKJrNbMmgnJu8A-7p8bGjAGAmwEleiztJ3fChgIzgCzuzZTA-2FhlknNf1QhDz31"
    "lkgtPJOLwxBPAXBrJsBJOrq-ahGrZfSVjoexuryxPzT_6gw";
static const char none_token[] =
    "eyJhbGciOiAibm9uZSIsICJraWQiOiAiZmlyc3QiLCAidHlwIjogIkpXVCJ9.eyJpc3MiOiAiaHR0cHM6Ly9"
    "pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiAid2VhdGhlciIsICJleHAiOiA0MDAwMDAwMDAwLCAic3ViIjogImF"
    "ubiIsICJzY29wZSI6ICJhIHJlYWQiLCAibiI6IDd9.h2DLsGs5CtYaMpjzx3grEwZAlHgWVFmChU287qXaBC"
    "2rNLcwxrP72bznvEwE86kMaGFYY5gWtwu76B25-M-4XSUQyWAD-h4-Vfk5mi2mHOS8vcmiCeSvdzNa79Xt1N"
    "o3uMYfEG4aZobV5yZgD9qXcABZxGy0-eOytiiFQxpI8Vg";
static const char second_token[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogInNlY29uZCIsICJ0eXAiOiAiSldUIn0.eyJpc3MiOiAiaHR0cHM6"
    "Ly9pc3N1ZXIuZXhhbXBsZSIsICJhdWQiOiAid2VhdGhlciIsICJleHAiOiA0MDAwMDAwMDAwLCAic3ViIjog"
    "ImFubiIsICJzY29wZSI6ICJhIHJlYWQiLCAibiI6IDd9.KC9bGtPjqW6EMmpJTVzt4Vo0Ms0vCIoR7-QROj4"
    "bMEjgHcLEXCvUtKh5VqLxOw37Prm_6cvKY6CgE0xnqme0dXtqGcBxsa7lQcnh1vEc3xayff8Pn75d6NOQjOV"
    "4BnWH-GG-SLuw5jvkadGE4IocZr_xcLEBZlzINM6T8yhmcrk";

enum { NOW = 2000000 /* s */ };

/* What is wrong with a token, or "". */
static const char *judge(const char *text, const char *issuer, struct err *err)
{
    json_t *keys = json_loads(keys_text, 0, NULL), *audience = json_pack("[s, s]", "a", "weather");
    const json_t *key;
    struct jwt jwt = {0};

    *err = (struct err){0};
    if (jwt_read(text, &jwt, err) == 0) {
        key = jwt_find_key(&jwt, keys);
        if (!key)
            err_set(err, ERR_FAILED, "no key");
        else if (jwt_verify(&jwt, key, err) == 0)
            jwt_check(&jwt, issuer, audience, (int64_t)NOW * 1000, err);
    }
    jwt_release(&jwt);
    json_decref(audience);
    json_decref(keys);
    return err->message;
}

static void tokens_are_judged(void **state)
{
    static const struct {
        const char *token, *issuer, *wrong;
    } rows[] = {
        {good_token, "https://issuer.example", ""},
        {list_token, "https://issuer.example", "the token has another audience"},
        {client_token, "https://issuer.example", ""},
        {good_token, "https://issuer.example/", "the token is of another issuer"},
        {expired_token, "https://issuer.example", "the token has expired"},
        {early_token, "https://issuer.example", "the token is not valid yet"},
        {never_token, "https://issuer.example", "the token does not say when it expires"},
        {spoiled_token, "https://issuer.example", "the token's signature is wrong"},
        {none_token, "https://issuer.example",
         "the token's algorithm is none of RS256, RS384, RS512"},
        {second_token, "https://issuer.example", "no key"},
        {"a.b", "", "the token is not three parts with dots between them"},
        {"a.b.c.d", "", "the token is not three parts with dots between them"},
        {"", "", "the token is not three parts with dots between them"},
        {"e30.e30.+/", "", "the token's parts are not base64url of JSON objects"},
        {"e30.W10.AA", "", "the token's parts are not base64url of JSON objects"},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_string_equal(judge(rows[i].token, rows[i].issuer, &err), rows[i].wrong);
}

/* Each byte of header, claims and signature counts. */
static void no_byte_can_be_changed(void **state)
{
    char token[sizeof(good_token)];
    struct err err;

    (void)state;
    for (size_t i = 0; i + 2 < sizeof(good_token); i += 7) {
        memcpy(token, good_token, sizeof(token));
        token[i] = token[i] == 'A' ? 'B' : 'A';
        assert_string_not_equal(judge(token, "https://issuer.example", &err), "");
    }
}

static void scopes_are_compared(void **state)
{
    static const struct {
        const char *token, *scopes;
        bool has;
    } rows[] = {
        {good_token, "[]", true},
        {good_token, "[\"read\"]", true},
        {good_token, "[\"x\", \"a\"]", true},
        {good_token, "[\"rea\"]", false},
        {good_token, "[\"a read\"]", false},
        {list_token, "[\"read\"]", true},
        {list_token, "[\"a\"]", false},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_t *scopes = json_loads(rows[i].scopes, 0, NULL);
        struct jwt jwt;

        assert_int_equal(jwt_read(rows[i].token, &jwt, &err), 0);
        assert_int_equal(jwt_has_scope(&jwt, scopes), rows[i].has);
        jwt_release(&jwt);
        json_decref(scopes);
    }
}

static void claims_are_strings(void **state)
{
    struct err err;
    struct jwt jwt;
    json_t *claims;

    (void)state;
    assert_int_equal(jwt_read(list_token, &jwt, &err), 0);
    claims = jwt_claims(&jwt);
    assert_string_equal(json_string_value(json_object_get(claims, "n")), "7");
    assert_string_equal(json_string_value(json_object_get(claims, "sub")), "ann");
    assert_string_equal(json_string_value(json_object_get(claims, "aud")), "[\"x\",\"other\"]");
    json_decref(claims);
    jwt_release(&jwt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_judged),
        cmocka_unit_test(no_byte_can_be_changed),
        cmocka_unit_test(scopes_are_compared),
        cmocka_unit_test(claims_are_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
