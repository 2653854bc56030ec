/* The checksums that clients of SQS verify. */
#ifndef FNCTL_ENGINE_MESSAGE_ATTRIBUTES_H
#define FNCTL_ENGINE_MESSAGE_ATTRIBUTES_H

#include <jansson.h>

enum { MESSAGE_MD5_LEN = 33 };

/* MD5 in hex of a message's body, and of its attributes (name -> DataType and StringValue or
 * BinaryValue in base64), as in
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
void message_body_md5(const char *body, char text[static MESSAGE_MD5_LEN]);
void message_attributes_md5(const json_t *attributes, char text[static MESSAGE_MD5_LEN]);

/* The members of a message attribute as Lambda's events have them: stringValue, binaryValue,
 * stringListValues, binaryListValues, dataType; of all of them an object, the caller's. */
json_t *message_attributes_event(const json_t *attributes);

#endif
