//! What an event's payload looks like, learnt from how it is read: serde asks for each field, and what it asks for is noted.

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::{Map, Value, json};

/// How a personal field is called where it is read, and its fields.
const PERSONAL: (&str, &[&str]) = ("Stored", &["of", "sealed", "erased"]);
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// The schema of the event `name` of the context `E`, and one such event.
///
/// # Errors
/// There is none, or a field of it is of a sort that no event had before.
pub(super) fn event<E: DeserializeOwned>(name: &'static str) -> Result<(Value, E), Error> {
    let mut schema = Value::Null;
    let event = E::deserialize(Asked { variant: Some(name), schema: &mut schema })?;
    Ok((json!({ "type": "object", "properties": { name: schema }, "required": [name] }), event))
}

/// Answers whatever is asked for with something of that sort, and notes which.
struct Asked<'s> {
    /// Of an enum with fields, the variant that is described.
    variant: Option<&'static str>,
    schema: &'s mut Value,
}

impl<'s> Asked<'s> {
    fn new(schema: &'s mut Value) -> Self {
        Self { variant: None, schema }
    }
}

macro_rules! numbers {
    ($($ask:ident)*) => {$(
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            *self.schema = json!({ "type": "integer", "minimum": 0 });
            visitor.visit_u64(1)
        }
    )*};
}

macro_rules! unknown {
    ($($ask:ident($($argument:ty),*))*) => {$(
        fn $ask<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Error> {
            Err(Error::custom(concat!(stringify!($ask), ": teach document/shapes.rs to describe that")))
        }
    )*};
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    unknown! {
        deserialize_any() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_f32() deserialize_f64()
        deserialize_char() deserialize_bytes() deserialize_byte_buf() deserialize_unit() deserialize_unit_struct(&'static str)
        deserialize_tuple(usize) deserialize_tuple_struct(&'static str, usize) deserialize_map() deserialize_identifier()
        deserialize_ignored_any()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({ "type": "boolean" });
        visitor.visit_bool(false)
    }

    /// Only ids are read from borrowed text.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({ "type": "string", "format": "uuid" });
        visitor.visit_str(NIL)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.schema = json!({ "type": "string" });
        visitor.visit_str("")
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut inner = Value::Null;
        let value = visitor.visit_some(Asked::new(&mut inner))?;
        *self.schema = json!({ "oneOf": [inner, { "type": "null" }] });
        Ok(value)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut items = Value::Null;
        let value = visitor.visit_seq(One(Some(&mut items)))?;
        *self.schema = json!({ "type": "array", "items": items });
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut properties = Map::new();
        let value = visitor.visit_map(Fields { left: fields, properties: &mut properties })?;
        *self.schema = match (name, fields) {
            PERSONAL => json!({ "$ref": "#/components/schemas/Personal" }),
            _ => object(properties, fields),
        };
        Ok(value)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.variant.is_none() {
            *self.schema = json!({ "type": "string", "enum": variants });
        }
        let variant = self.variant.or(variants.first().copied()).ok_or_else(|| Error::custom("it has no variant"))?;
        visitor.visit_enum(Chosen { variant, schema: self.schema })
    }
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

/// A sequence of one.
struct One<'s>(Option<&'s mut Value>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|schema| seed.deserialize(Asked::new(schema))).transpose()
    }
}

/// Every field once.
struct Fields<'s> {
    left: &'static [&'static str],
    properties: &'s mut Map<String, Value>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let key: Option<StrDeserializer<'_, Error>> = self.left.first().map(|name| name.into_deserializer());
        key.map(|key| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let (name, left) = self.left.split_first().ok_or_else(|| Error::custom("it has no more fields"))?;
        self.left = left;
        seed.deserialize(Asked::new(self.properties.entry(*name).or_insert(Value::Null)))
    }
}

/// One variant of an enum.
struct Chosen<'s> {
    variant: &'static str,
    schema: &'s mut Value,
}

impl<'de> EnumAccess<'de> for Chosen<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.variant.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Asked::new(self.schema))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("fields have names"))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        let mut properties = Map::new();
        let value = visitor.visit_map(Fields { left: fields, properties: &mut properties })?;
        *self.schema = object(properties, fields);
        Ok(value)
    }
}
