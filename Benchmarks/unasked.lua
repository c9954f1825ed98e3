-- Sends a query with a new filter in each request, with other tenants and users, of 10^36 combinations. Arguments: a
-- seed; the number of tenants, and the number in a filter; the same two numbers for users.
require "report"

local random = math.random

local function chooser(letter, count, wanted)
    local names = {}
    for number = 1, count do names[number] = letter .. number end
    -- The first steps of a shuffle.
    return function()
        for place = 1, wanted do
            local other = random(place, count)
            names[place], names[other] = names[other], names[place]
        end
        return table.concat(names, ",", 1, wanted)
    end
end

local tenants, users

function init(arguments)
    math.randomseed(tonumber(arguments[1]))
    tenants = chooser("t", tonumber(arguments[2]), tonumber(arguments[3]))
    users = chooser("u", tonumber(arguments[4]), tonumber(arguments[5]))
end

function request()
    local filters = "environment:(prod),tenant:(" .. tenants() .. "),user:(" .. users() .. ")"
    return wrk.format("GET", wrk.path .. "&context_filters=" .. filters)
end
