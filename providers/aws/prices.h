/*
 * What Lambda's calls cost, for an estimate: the list prices of us-east-1 in
 * US dollars without the free tier, as of early 2026. Most regions have the
 * same; a price that AWS changed since makes the estimate wrong, nothing else.
 * https://aws.amazon.com/lambda/pricing/
 */
#ifndef FNCTL_PROVIDERS_AWS_PRICES_H
#define FNCTL_PROVIDERS_AWS_PRICES_H

/* The cost in US dollars of so many requests that took `duration` ms together, with `memory` MB.
 * Lambda bills initialisation and whole milliseconds too, which its metrics do not tell. */
double price_of_calls(const char *architecture, double requests, double duration, double memory);

#endif
