-- What resources demand of a person's sign-in: {"acr": …, "max_age": …}; null: nothing. What a scope demands is with it in `scopes`.
ALTER TABLE resources ADD COLUMN demand JSONB;
