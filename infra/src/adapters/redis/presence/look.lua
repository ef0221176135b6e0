-- ARGV: users. Gives for each whether they are online, and when they were seen.
local found = {}
for n, user in ipairs(ARGV) do
    found[2 * n - 1], found[2 * n] = standing(user)
end
return found
