#include "client/commands/json.h"

#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mlfsc::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Sets every field, and those of the messages within, to something that is not the default; of a oneof the last.
void FillEverything(Message* message) {
  const google::protobuf::Reflection& reflection = *message->GetReflection();
  const google::protobuf::Descriptor& descriptor = *message->GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* field = descriptor.field(i);
    const bool repeated = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        FillEverything(repeated ? reflection.AddMessage(message, field) : reflection.MutableMessage(message, field));
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        repeated ? reflection.AddString(message, field, "text") : reflection.SetString(message, field, "text");
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        repeated ? reflection.AddInt32(message, field, 3) : reflection.SetInt32(message, field, 3);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        repeated ? reflection.AddInt64(message, field, 3) : reflection.SetInt64(message, field, 3);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        repeated ? reflection.AddUInt64(message, field, 3) : reflection.SetUInt64(message, field, 3);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        repeated ? reflection.AddDouble(message, field, 3) : reflection.SetDouble(message, field, 3);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        repeated ? reflection.AddFloat(message, field, 3) : reflection.SetFloat(message, field, 3);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        repeated ? reflection.AddBool(message, field, true) : reflection.SetBool(message, field, true);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        repeated ? reflection.AddEnumValue(message, field, 1) : reflection.SetEnumValue(message, field, 1);
        break;
      default:
        FAIL() << field->full_name() << " is of a type this test does not fill yet";
    }
  }
}

// Every field of the wire is in the JSON under its name, all the way down.
void ExpectEveryField(const google::protobuf::Descriptor& descriptor, const nlohmann::ordered_json& json) {
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* field = descriptor.field(i);
    ASSERT_TRUE(json.contains(field->name())) << field->full_name() << " is not in " << json;
    const nlohmann::ordered_json* value = &json[field->name()];
    if (field->is_repeated()) {
      ASSERT_EQ(value->size(), 1u) << field->full_name();
      value = &(*value)[0];
    }
    // Times are one word in the JSON.
    if (value->is_object()) ExpectEveryField(*field->message_type(), *value);
  }
}

template <typename M>
class EveryFieldTest : public ::testing::Test {};
using Messages = ::testing::Types<v1::Inspection, v1::CategoryOptions, v1::Version, v1::Category, v1::GetStatisticsResponse>;
TYPED_TEST_SUITE(EveryFieldTest, Messages);

TYPED_TEST(EveryFieldTest, OfTheWireIsInTheJson) {
  TypeParam message;
  FillEverything(&message);
  ExpectEveryField(*message.GetDescriptor(), ToJson(message));
}

TEST(InspectionJsonTest, SaysHowFarEachViewDeparts) {
  v1::Inspection inspection;
  v1::ViewScore* view = inspection.add_views();
  view->set_view("appearance");
  view->set_deviations(2.5);
  const nlohmann::ordered_json json = ToJson(inspection);
  EXPECT_EQ(json["views"][0]["view"], "appearance");
  EXPECT_EQ(json["views"][0]["deviations"], 2.5);
}

}  // namespace
}  // namespace mlfsc::client
