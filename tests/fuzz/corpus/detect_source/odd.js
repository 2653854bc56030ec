0export { a, b as handler }
module.exports = { handler, `}` }
exports.x = async function (event)