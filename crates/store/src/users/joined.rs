//! The person that a statement joins.

/// The person that a statement joins: its columns have their own names, but for those that others have, too.
macro_rules! joined {
    ($row:ident) => {
        crate::users::User {
            id: $row.user_id,
            username: $row.username,
            email: $row.email,
            display_name: $row.display_name,
            email_verified: $row.email_verified,
            locale: $row.locale,
            role: crate::users::role($row.role.as_deref(), $row.user_id)?,
            created_at: $row.user_created_at,
            disabled_at: $row.user_disabled_at,
        }
    };
}
pub(crate) use joined;
