//! Settings that are one of a few words.

/// A word of a closed list.
pub(super) trait Word: Copy + PartialEq + 'static {
    fn word(self) -> &'static str;
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As in the settings.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl Word for $name {
            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    };
}

words!(
    /// A part of the system with an API and a port of its own.
    Context { User = "user", Friend = "friend", Chat = "chat", Notification = "notification" }
);

words!(
    /// A part of the work that a process may carry.
    Role { Command = "command", Query = "query", Relay = "relay", Projector = "projector" }
);

words!(
    /// A kind of port.
    Listen {
        /// One for all contexts.
        Gateway = "gateway",
        /// One for each context.
        Contexts = "contexts",
        /// One for health and metrics alone.
        Operations = "operations",
    }
);

words!(
    /// What a call counts as where callers are held to limits.
    CallKind {
        /// Whatever appends an event.
        Command = "commands",
        Query = "queries",
        /// The opening of a live stream.
        Stream = "streams",
        Login = "logins",
        Registration = "registrations",
        /// The taking along of one's data.
        Export = "exports",
    }
);

words!(
    /// How log lines look.
    LogFormat {
        /// Text on a terminal, JSON otherwise.
        Auto = "auto",
        Text = "text",
        Json = "json",
    }
);

impl Context {
    /// Its port, before the offset.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Chat => 8002,
            Self::Friend => 8003,
            Self::Notification => 8004,
            Self::User => 8005,
        }
    }
}
