-- Waits before each request: for so many milliseconds on the average, which are the script's argument.
require "report"

local pause = 0

function init(arguments)
    pause = tonumber(arguments[1])
end

function delay()
    local whole = math.floor(pause)
    -- Whole milliseconds alone can be waited for.
    return math.random() < pause - whole and whole + 1 or whole
end
